import ChatDomain
import ChatProjections

/// A log written down by hand: numbers the events as the log would, and folds them into tables.
struct LogScript {
    private(set) var tables: InMemoryTables
    private var position: Int64 = 0
    private var versions: [StreamName: Int64] = [:]
    private let projections: [any Projection]

    init(_ kinds: [any Projection.Type] = ProjectionCatalog.all) {
        tables = InMemoryTables(kinds.flatMap { $0.tables })
        let environment = ProjectionEnvironment { $0.lowercased() }
        projections = kinds.map { $0.init(environment: environment) }
    }

    /// Appends an event a second after the one before; returns its position.
    @discardableResult
    mutating func log(_ event: ChatEvent, actor: Int64? = nil, device: String? = nil) throws -> Int64 {
        position += 1
        let stream = event.place?.stream ?? .acknowledgements(NodeName("a"))
        versions[stream, default: 0] += 1
        let projected = ProjectedEvent(
            event, position: Position(position), recordedAt: position * 1_000_000, stream: stream,
            version: versions[stream, default: 0], actor: actor.map(UserID.init), device: device)
        for projection in projections {
            var changes = RowChanges()
            try projection.apply(projected, into: &changes)
            tables.apply(changes)
        }
        return position
    }

    /// The rows of a table in the order of their keys' texts, each as `column=value …` without the nulls.
    func rows(_ table: TableSpec) -> [String] {
        tables.rows(table).values.map { row in
            zip(table.columns, row).filter { $1 != .null }.map { "\($0.name)=\($1.sqlText ?? "")" }
                .joined(separator: " ")
        }.sorted()
    }
}

extension InMemoryTables {
    /// The tables of a projection after these events, one after the other.
    init(folding events: [ProjectedEvent], by projection: some Projection) throws {
        self.init(type(of: projection).tables)
        for event in events {
            var changes = RowChanges()
            try projection.apply(event, into: &changes)
            apply(changes)
        }
    }
}

extension ChatEvent {
    static func register(_ user: Int64, _ name: String?) -> ChatEvent {
        .userRegistered(
            UserRegistered(user: UserID(user), nameDigest: "d\(user)", name: name, passwordHash: "h", address: nil))
    }

    static func open(
        _ user: Int64, _ session: String, device: String? = "phone", node: String = "a", replaced: String? = nil,
        since: Int64? = nil, forgotten: String? = nil
    ) -> ChatEvent {
        .sessionOpened(
            SessionOpened(
                user: UserID(user), session: SessionID(session), device: device, node: NodeName(node), term: 1,
                tokenDigest: "t", replaced: replaced.map(SessionID.init), since: since.map(Position.init),
                forgotten: forgotten))
    }

    static func close(
        _ user: Int64, _ session: String, device: String? = "phone", reason: SessionClosed.Reason = .disconnected
    ) -> ChatEvent {
        .sessionClosed(
            SessionClosed(user: UserID(user), session: SessionID(session), device: device, reason: reason))
    }

    static func acknowledge(_ entries: [(Int64, String, Int64)]) -> ChatEvent {
        .feedAcknowledged(
            FeedAcknowledged(
                entries: entries.map {
                    FeedAcknowledged.Entry(user: UserID($0.0), device: $0.1, position: Position($0.2))
                }))
    }

    static func read(_ conversation: Conversation, by user: Int64, _ seq: Int64) -> ChatEvent {
        .conversationRead(ConversationRead(conversation: conversation, user: UserID(user), seq: seq))
    }

    /// Messages of `from` have arrived at a device of `user`.
    static func arrived(_ user: Int64, from other: Int64, _ seq: Int64) -> ChatEvent {
        .feedAcknowledged(
            FeedAcknowledged(entries: [
                FeedAcknowledged.Entry(
                    user: UserID(user), device: "phone", position: Position(1),
                    delivered: [.init(with: UserID(other), seq: seq)])
            ]))
    }

    static func message(_ conversation: Conversation, from user: Int64) -> ChatEvent {
        .messageSent(MessageSent(conversation: conversation, from: UserID(user), text: "hello"))
    }

    static func create(_ group: Int64, owner: Int64, _ name: String = "Climbers") -> ChatEvent {
        .groupCreated(
            GroupCreated(
                group: GroupID(group), owner: UserID(owner), name: name, description: "", visibility: .open))
    }

    static func join(_ group: Int64, _ user: Int64, members: Int) -> ChatEvent {
        .memberJoined(MemberJoined(group: GroupID(group), user: UserID(user), members: members))
    }

    static func leave(_ group: Int64, _ user: Int64, members: Int) -> ChatEvent {
        .memberLeft(MemberLeft(group: GroupID(group), user: UserID(user), members: members))
    }
}
