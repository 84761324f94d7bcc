public import ChatApplication
public import ChatDomain
import PostgresClient

extension PostgresReadModels: RemovalReads {
    /// See `RemovalReads`.
    public func deletedAccounts(after: Position, limit: Int) async throws(EventLogError) -> [DeletedAccount] {
        let rows = try await query(
            """
            select id, deleted_position from chat_read.users
            where deleted_position > $1 and erased_at is null order by deleted_position limit $2
            """, [.int8(after.value), .int8(Int64(limit))])
        return rows.map { row in
            DeletedAccount(user: UserID(rows.int(row, 0) ?? 0), at: Position(rows.int(row, 1) ?? 0))
        }
    }

    /// See `RemovalReads`.
    public func remains(of user: UserID, atLeast: Position) async throws(EventLogError) -> AccountRemains {
        let contacts = try await query(
            ["friend", "group", "user"], atLeast: atLeast,
            """
            select friend_id from chat_read.friends where user_id = $1
            union select to_id from chat_read.friend_requests where from_id = $1
            union select from_id from chat_read.friend_requests where to_id = $1
            union select blocked_id from chat_read.blocks where user_id = $1
            union select user_id from chat_read.blocks where blocked_id = $1
            """, [.int8(user.value)])
        let memberships = try await query(
            """
            select m.group_id, (
                select h.user_id from chat_read.group_members h left join chat_read.users u on u.id = h.user_id
                where h.group_id = m.group_id and h.user_id <> m.user_id and u.deleted_position is null
                order by h.role <> 'admin', h.joined_position limit 1)
            from chat_read.group_members m where m.user_id = $1
            union all select i.group_id, null from chat_read.invitations i where i.user_id = $1
            order by 1
            """, [.int8(user.value)])
        return AccountRemains(
            contacts: contacts.map { UserID(contacts.int($0, 0) ?? 0) },
            memberships: memberships.map { row in
                AccountRemains.Membership(
                    group: GroupID(memberships.int(row, 0) ?? 0), heir: memberships.int(row, 1).map { UserID($0) })
            })
    }
}
