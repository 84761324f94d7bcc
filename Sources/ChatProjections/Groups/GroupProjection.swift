public import ChatDomain

/// Which groups there are, who is in them, and who is invited.
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

    /// `invitations`: those not yet answered, into groups that are not deleted.
    public static let invitations = TableSpec(
        "invitations", key: ["group_id", "user_id"],
        [
            .init("group_id", .bigint),
            .init("user_id", .bigint),
            .init("by_id", .bigint),
            .init("at", .time),
        ],
        indexes: [.init("user_id"), .init("by_id")])

    /// Its stable name.
    public static let name = "group"
    /// Of tables and fold.
    public static let version = 2
    /// The tables above.
    public static let tables = [groups, members, invitations]
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
    public static let eventTypes: Set<EventType> = [
        .groupCreated, .groupUpdated, .groupDeleted, .memberInvited, .invitationDeclined, .invitationWithdrawn,
        .memberJoined, .memberLeft, .memberKicked, .roleChanged, .ownershipPassed,
    ]

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
            removeInvitation(joined.group, joined.user, &changes)
        case .memberLeft(let left): remove(left.user, from: left.group, members: left.members, &changes)
        case .memberKicked(let kicked): remove(kicked.user, from: kicked.group, members: kicked.members, &changes)
        case .memberInvited(let invited): invite(invited, at: event.recordedAt, &changes)
        case .invitationDeclined(let declined): removeInvitation(declined.group, declined.user, &changes)
        case .invitationWithdrawn(let withdrawn): removeInvitation(withdrawn.group, withdrawn.user, &changes)
        case .groupUpdated(let updated): update(updated, &changes)
        case .roleChanged(let changed): setRole(changed.group, changed.user, changed.role, &changes)
        case .ownershipPassed(let passed):
            setRole(passed.group, passed.from, .admin, &changes)
            setRole(passed.group, passed.to, .owner, &changes)
            changes.update(
                Self.groups, key: [.integer(passed.group.value)], ["owner_id": .set(.integer(passed.to.value))])
        case .groupDeleted(let deleted):
            changes.update(
                Self.groups, key: [.integer(deleted.group.value)],
                ["deleted_at": .set(.time(event.recordedAt)), "members": .set(.integer(0))])
            changes.delete(Self.members, where: ["group_id": .integer(deleted.group.value)])
            changes.delete(Self.invitations, where: ["group_id": .integer(deleted.group.value)])
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

    private func update(_ updated: GroupUpdated, _ changes: inout RowChanges) {
        changes.update(
            Self.groups, key: [.integer(updated.group.value)],
            [
                "name": .set(.text(updated.name)), "folded": .set(.text(environment.fold(updated.name))),
                "description": .set(.text(updated.description)),
                "visibility": .set(.text(updated.visibility.rawValue)),
            ])
    }

    private func invite(_ invited: MemberInvited, at time: Int64, _ changes: inout RowChanges) {
        changes.put(
            Self.invitations,
            [
                "group_id": .integer(invited.group.value), "user_id": .integer(invited.user.value),
                "by_id": .integer(invited.by.value), "at": .time(time),
            ])
    }

    private func removeInvitation(_ group: GroupID, _ user: UserID, _ changes: inout RowChanges) {
        changes.delete(Self.invitations, key: [.integer(group.value), .integer(user.value)])
    }

    private func remove(_ user: UserID, from group: GroupID, members: Int, _ changes: inout RowChanges) {
        count(group, members, &changes)
        changes.delete(Self.members, key: [.integer(group.value), .integer(user.value)])
    }

    private func setRole(_ group: GroupID, _ user: UserID, _ role: Role, _ changes: inout RowChanges) {
        changes.update(
            Self.members, key: [.integer(group.value), .integer(user.value)], ["role": .set(.text(role.rawValue))])
    }

    private func count(_ group: GroupID, _ members: Int, _ changes: inout RowChanges) {
        changes.update(Self.groups, key: [.integer(group.value)], ["members": .set(.integer(Int64(members)))])
    }
}
