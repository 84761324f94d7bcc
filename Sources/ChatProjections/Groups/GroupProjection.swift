public import ChatDomain

/// Which groups there are, and who is in them.
public struct GroupProjection: Projection {
    /// `groups`: deleted ones stay, with the time.
    public static let groups = TableSpec(
        "groups", key: ["id"],
        [
            .init("id", .bigint),
            .init("name", .text),
            .init("folded", .text),
            .init("description", .text),
            .init("visibility", .name),
            .init("owner_id", .bigint),
            .init("members", .integer),
            .init("created_at", .time),
            .init("deleted_at", .time, nullable: true),
        ],
        indexes: [.init("folded text_pattern_ops")], fillfactor: 80)

    /// `group_members`: present members of groups that are not deleted.
    public static let members = TableSpec(
        "group_members", key: ["group_id", "user_id"],
        [
            .init("group_id", .bigint),
            .init("user_id", .bigint),
            .init("role", .name),
            .init("joined_at", .time),
            .init("joined_position", .bigint),
        ],
        indexes: [.init("user_id")])

    /// Its stable name.
    public static let name = "group"
    /// Of tables and fold.
    public static let version = 1
    /// The tables above.
    public static let tables = [groups, members]
    /// What operators see.
    public static let views = [
        ViewSpec(
            .chat, "groups",
            """
            select id, name, description, visibility, owner_id, created_at
            from chat_read.groups where deleted_at is null
            """),
        ViewSpec(.chat, "group_members", "select group_id, user_id, role, joined_at from chat_read.group_members"),
    ]
    /// What it folds.
    public static let eventTypes: Set<EventType> = [.groupCreated, .groupDeleted, .memberJoined, .memberLeft]

    private let environment: ProjectionEnvironment

    /// A fold.
    public init(environment: ProjectionEnvironment) { self.environment = environment }

    /// Adds what the event does to the tables.
    public func apply(_ event: ProjectedEvent, into changes: inout RowChanges) throws(ProjectionError) {
        switch event.event {
        case .groupCreated(let created):
            create(created, event, &changes)
            join(created.group, created.owner, .owner, event, &changes)
        case .memberJoined(let joined):
            count(joined.group, joined.members, &changes)
            join(joined.group, joined.user, .member, event, &changes)
        case .memberLeft(let left):
            count(left.group, left.members, &changes)
            changes.delete(Self.members, key: [.integer(left.group.value), .integer(left.user.value)])
        case .groupDeleted(let deleted):
            changes.update(
                Self.groups, key: [.integer(deleted.group.value)],
                ["deleted_at": .set(.time(event.recordedAt)), "members": .set(.integer(0))])
            changes.delete(Self.members, where: ["group_id": .integer(deleted.group.value)])
        default: return
        }
    }

    private func create(_ created: GroupCreated, _ event: ProjectedEvent, _ changes: inout RowChanges) {
        changes.put(
            Self.groups,
            [
                "id": .integer(created.group.value),
                "name": .text(created.name),
                "folded": .text(environment.fold(created.name)),
                "description": .text(created.description),
                "visibility": .text(created.visibility.rawValue),
                "owner_id": .integer(created.owner.value),
                "members": .integer(1),
                "created_at": .time(event.recordedAt),
            ])
    }

    private func join(
        _ group: GroupID, _ user: UserID, _ role: Role, _ event: ProjectedEvent, _ changes: inout RowChanges
    ) {
        changes.put(
            Self.members,
            [
                "group_id": .integer(group.value),
                "user_id": .integer(user.value),
                "role": .text(role.rawValue),
                "joined_at": .time(event.recordedAt),
                "joined_position": .integer(event.position.value),
            ])
    }

    private func count(_ group: GroupID, _ members: Int, _ changes: inout RowChanges) {
        changes.update(Self.groups, key: [.integer(group.value)], ["members": .set(.integer(Int64(members)))])
    }
}
