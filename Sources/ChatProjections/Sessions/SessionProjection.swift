public import ChatDomain

/// Which sessions are open, and when each device was last used.
public struct SessionProjection: Projection {
    /// `sessions`: the open ones only.
    public static let sessions = TableSpec(
        "sessions", key: ["session"],
        [
            .init("session", .name),
            .init("user_id", .bigint),
            .init("device", .name, nullable: true),
            .init("node", .name),
            .init("term", .bigint),
            .init("opened_at", .time),
            .init("opened_position", .bigint),
            .init("feed", .boolean),
            .init("address", .text, nullable: true),
        ],
        indexes: [.init("user_id"), .init("node")])

    /// `devices`: those not forgotten; `session` and `node` while a session with a feed is open on it.
    public static let devices = TableSpec(
        "devices", key: ["user_id", "device"],
        [
            .init("user_id", .bigint),
            .init("device", .name),
            .init("last_seen", .time),
            .init("online", .boolean),
            .init("session", .name, nullable: true),
            .init("node", .name, nullable: true),
        ],
        indexes: [.init("node", where: "node is not null")], fillfactor: 80)

    /// Its stable name.
    public static let name = "session"
    /// Of tables and fold.
    public static let version = 2
    /// The tables above.
    public static let tables = [sessions, devices]
    /// What operators see.
    public static let views = [
        ViewSpec(
            .chatRead, "presence",
            """
            select user_id, bool_or(online) as online, max(last_seen) as last_seen
            from chat_read.devices group by user_id
            """)
    ]
    /// What it folds.
    public static let eventTypes: Set<EventType> = [
        .passwordChanged, .accountDeleted, .sessionOpened, .sessionClosed, .nodeJoined, .nodeLost,
    ]
    /// The address.
    public static let openedTypes: Set<EventType> = [.sessionOpened]

    /// A fold.
    public init(environment: ProjectionEnvironment) {}

    /// Adds what the event does to the tables.
    public func apply(_ event: ProjectedEvent, into changes: inout RowChanges) throws(ProjectionError) {
        switch event.event {
        case .passwordChanged(let changed):
            for session in changed.ended { end(session, of: changed.user, at: event.recordedAt, &changes) }
        case .accountDeleted(let deleted):
            changes.delete(Self.sessions, where: ["user_id": .integer(deleted.user.value)])
            changes.delete(Self.devices, where: ["user_id": .integer(deleted.user.value)])
        case .sessionOpened(let opened): open(opened, event, &changes)
        case .sessionClosed(let closed): close(closed, at: event.recordedAt, &changes)
        case .nodeLost(let lost): end(lost.node, at: event.recordedAt, &changes)
        // A node that joins holds no session yet: what it held under its last term ended at the latest now.
        case .nodeJoined(let joined): end(joined.node, at: event.recordedAt, &changes)
        default: return
        }
    }

    private func open(_ opened: SessionOpened, _ event: ProjectedEvent, _ changes: inout RowChanges) {
        if let replaced = opened.replaced { changes.delete(Self.sessions, key: [.text(replaced.value)]) }
        if let forgotten = opened.forgotten {
            changes.delete(
                Self.sessions, where: ["user_id": .integer(opened.user.value), "device": .text(forgotten)])
            changes.delete(Self.devices, key: [.integer(opened.user.value), .text(forgotten)])
        }
        changes.put(
            Self.sessions,
            [
                "session": .text(opened.session.value),
                "user_id": .integer(opened.user.value),
                "device": .text(opened.device),
                "node": .text(opened.node.value),
                "term": .integer(opened.term),
                "opened_at": .time(event.recordedAt),
                "opened_position": .integer(event.position.value),
                "feed": .boolean(opened.device != nil),
                "address": .text(opened.address),
            ])
        guard let device = opened.device else { return }
        changes.put(
            Self.devices,
            [
                "user_id": .integer(opened.user.value),
                "device": .text(device),
                "last_seen": .time(event.recordedAt),
                "online": .boolean(true),
                "session": .text(opened.session.value),
                "node": .text(opened.node.value),
            ])
    }

    private func close(_ closed: SessionClosed, at time: Int64, _ changes: inout RowChanges) {
        let session = EndedSession(session: closed.session, device: closed.device)
        end(session, of: closed.user, at: time, &changes)
        guard closed.reason == .deviceEnded, let device = closed.device else { return }
        changes.delete(Self.devices, key: [.integer(closed.user.value), .text(device)])
    }

    /// The device goes offline only if this session is still the one on it.
    private func end(_ ended: EndedSession, of user: UserID, at time: Int64, _ changes: inout RowChanges) {
        changes.delete(Self.sessions, key: [.text(ended.session.value)])
        guard let device = ended.device else { return }
        changes.update(
            Self.devices,
            where: [
                "user_id": .integer(user.value), "device": .text(device), "session": .text(ended.session.value),
            ],
            ["online": .boolean(false), "last_seen": .time(time), "session": .null, "node": .null])
    }

    private func end(_ node: NodeName, at time: Int64, _ changes: inout RowChanges) {
        changes.delete(Self.sessions, where: ["node": .text(node.value)])
        changes.update(
            Self.devices, where: ["node": .text(node.value)],
            ["online": .boolean(false), "last_seen": .time(time), "session": .null, "node": .null])
    }
}
