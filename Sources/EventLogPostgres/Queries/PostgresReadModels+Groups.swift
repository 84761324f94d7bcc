public import ChatApplication
public import ChatDomain
import PostgresClient
public import WireProtocol

extension PostgresReadModels {
    static let group = "g.id, g.name, g.description, g.visibility, g.members"

    /// See `ReadModels`.
    public func groups(
        of user: UserID, after: GroupID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> GroupsPage {
        try await watch.wait(for: ["group"], atLeast: atLeast)
        let asked = LoginReads.PageAsked(user: user, after: after?.value ?? 0, limit: limit)
        let groups = try await logins.groups.ask(asked)
        return GroupsPage(
            groups: Array(groups.prefix(limit)), more: groups.count > limit,
            invitations: after == nil ? try await logins.invitations.ask(user) : [])
    }

    /// See `ReadModels`.
    public func invitationCounts(
        to invited: UserID?, by inviter: UserID
    ) async throws(EventLogError) -> (received: Int, sent: Int) {
        let head = try await query("select chat_log.head()", [])
        let rows = try await query(
            ["group"], atLeast: Position(head.int(0, 0) ?? 0),
            """
            select (select count(*) from chat_read.invitations where user_id = $1),
                (select count(*) from chat_read.invitations where by_id = $2)
            """, [.int8(invited?.value ?? 0), .int8(inviter.value)])
        return (Int(rows.int(0, 0) ?? 0), Int(rows.int(0, 1) ?? 0))
    }

    /// See `ReadModels`.
    public func groupCount(of user: UserID) async throws(EventLogError) -> Int {
        let head = try await query("select chat_log.head()", [])
        let rows = try await query(
            ["group"], atLeast: Position(head.int(0, 0) ?? 0),
            "select count(*) from chat_read.group_members where user_id = $1", [.int8(user.value)])
        return Int(rows.int(0, 0) ?? 0)
    }

    /// See `ReadModels`.
    public func groupInfo(
        _ group: GroupID, asker: UserID, after: UserID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> GroupPage? {
        let found = try await query(
            ["group", "user", "session", "friend"], atLeast: atLeast,
            """
            select \(Self.group), m.role,
                exists (select from chat_read.invitations i where i.group_id = g.id and i.user_id = $2)
            from chat_read.groups g
            left join chat_read.group_members m on m.group_id = g.id and m.user_id = $2
            where g.id = $1 and g.deleted_at is null
            """, [.int8(group.value), .int8(asker.value)])
        guard found.rowCount == 1 else { return nil }
        let rows = try await query(
            """
            select m.user_id, u.name, m.role,
                exists (select from chat_read.devices d where d.user_id = m.user_id and d.online)
                    and not exists (
                        select from chat_read.blocks b where b.user_id = m.user_id and b.blocked_id = $4)
            from chat_read.group_members m left join chat_read.users u on u.id = m.user_id
            where m.group_id = $1 and m.user_id > $2 and u.deleted_position is null order by m.user_id limit $3
            """, [.int8(group.value), .int8(after?.value ?? 0), .int8(Int64(limit) + 1), .int8(asker.value)])
        let members = rows.map { row in
            GroupPage.Member(
                user: rows.user(row, 0), role: Role(rawValue: rows.text(row, 2) ?? "") ?? .member,
                isOnline: rows.bool(row, 3) ?? false)
        }
        return GroupPage(
            group: found.group(0), members: Array(members.prefix(limit)), more: members.count > limit,
            isInvited: found.bool(0, 6) ?? false)
    }

    /// See `ReadModels`.
    public func findGroups(
        foldedPrefix: String, asker: UserID, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> [WireGroup] {
        guard !foldedPrefix.contains("\0") else { return [] }
        let rows = try await query(
            ["group"], atLeast: atLeast,
            """
            select \(Self.group), m.role
            from chat_read.groups g
            left join chat_read.group_members m on m.group_id = g.id and m.user_id = $2
            where g.folded like $1 and g.visibility = 'open' and g.deleted_at is null
            order by g.folded, g.id limit $3
            """, [.text(Self.pattern(foldedPrefix)), .int8(asker.value), .int8(Int64(limit))])
        return rows.map { rows.group($0) }
    }

    /// See `ReadModels`.
    public func joined(_ group: GroupID, user: UserID, atLeast: Position) async throws(EventLogError) -> Position? {
        let rows = try await query(
            ["group"], atLeast: atLeast,
            "select joined_position from chat_read.group_members where group_id = $1 and user_id = $2",
            [.int8(group.value), .int8(user.value)])
        return rows.rowCount == 1 ? rows.int(0, 0).map { Position($0) } : nil
    }
}

extension PostgresResult {
    /// A group whose columns stand together, the role behind them.
    func group(_ row: Int, _ column: Int = 0) -> WireGroup {
        WireGroup(
            id: GroupID(int(row, column) ?? 0), name: text(row, column + 1) ?? "",
            description: text(row, column + 2) ?? "",
            visibility: Visibility(rawValue: text(row, column + 3) ?? "") ?? .invite,
            members: Int(int(row, column + 4) ?? 0), role: text(row, column + 5).flatMap { Role(rawValue: $0) })
    }
}
