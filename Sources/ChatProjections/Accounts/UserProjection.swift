public import ChatDomain

/// Who there is: names in clear for as long as their keys live.
public struct UserProjection: Projection {
    /// `users`: one row a user, `folded` for finding a name by its beginning. A deleted one stays, without a name;
    /// `erased_at` is when nothing was left of it.
    public static let users = TableSpec(
        "users", key: ["id"],
        [
            .init("id", .bigint),
            .init("name", .text, nullable: true),
            .init("folded", .text, nullable: true),
            .init("registered_at", .time),
            .init("deleted_at", .time, nullable: true),
            .init("deleted_position", .bigint, nullable: true),
            .init("erased_at", .time, nullable: true),
        ],
        indexes: [
            .init("folded text_pattern_ops"),
            .init("deleted_position", where: "deleted_position is not null and erased_at is null"),
        ])

    /// Its stable name.
    public static let name = "user"
    /// Of tables and fold.
    public static let version = 2
    /// The tables above.
    public static let tables = [users]
    /// What operators see.
    public static let views = [
        ViewSpec(
            .chat, "users",
            """
            select u.id, u.name, u.registered_at, u.deleted_at, coalesce(p.online, false) as online, p.last_seen
            from chat_read.users u left join chat_read.presence p on p.user_id = u.id
            """)
    ]
    /// What it folds.
    public static let eventTypes: Set<EventType> = [.userRegistered, .accountDeleted, .keyDestroyed]
    /// The name.
    public static let openedTypes: Set<EventType> = [.userRegistered]

    private let environment: ProjectionEnvironment

    /// A fold.
    public init(environment: ProjectionEnvironment) { self.environment = environment }

    /// Adds what the event does to the tables.
    public func apply(_ event: ProjectedEvent, into changes: inout RowChanges) throws(ProjectionError) {
        switch event.event {
        case .userRegistered(let registered): register(registered, at: event.recordedAt, &changes)
        case .accountDeleted(let deleted):
            changes.update(
                Self.users, key: [.integer(deleted.user.value)],
                [
                    "name": .set(.null), "folded": .set(.null), "deleted_at": .set(.time(event.recordedAt)),
                    "deleted_position": .set(.integer(event.position.value)),
                ])
        case .keyDestroyed(let destroyed):
            guard let user = destroyed.user, destroyed.purpose == .person else { return }
            changes.update(
                Self.users, key: [.integer(user.value)], ["erased_at": .set(.time(event.recordedAt))])
        default: return
        }
    }

    private func register(_ registered: UserRegistered, at time: Int64, _ changes: inout RowChanges) {
        changes.put(
            Self.users,
            [
                "id": .integer(registered.user.value),
                "name": .text(registered.name),
                "folded": .text(registered.name.map(environment.fold)),
                "registered_at": .time(time),
            ])
    }
}
