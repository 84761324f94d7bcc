public import ChatApplication
public import ChatDomain
import PostgresClient
import WireProtocol

extension PostgresReadModels {
    /// Direct conversations are read from the newest on over their index; of groups a user has a bounded number.
    private static let conversationsQuery = """
        with direct as (
            select c.peer_id, c.position, c.last_seq, c.read_seq, p.delivered_seq, p.read_seq as peer_read
            from chat_read.direct_conversations c
            join chat_read.direct_conversations p on p.user_id = c.peer_id and p.peer_id = c.user_id
            where c.user_id = $1 and c.position < $2 order by c.position desc limit $3),
        groups as (
            select c.group_id, greatest(c.position, r.joined_position) as position, c.last_seq, r.read_seq,
                case when c.last_seq > 0 and c.position > r.joined_position then c.position end as last
            from chat_read.group_reads r join chat_read.group_conversations c on c.group_id = r.group_id
            where r.user_id = $1 and greatest(c.position, r.joined_position) < $2
            order by greatest(c.position, r.joined_position) desc limit $3),
        both_kinds as (
            select peer_id, null::bigint as group_id, position, last_seq, read_seq, position as last,
                greatest(delivered_seq, peer_read) as delivered, peer_read
            from direct
            union all
            select null, group_id, position, last_seq, read_seq, last, 0, 0 from groups
            order by position desc limit $3)
        select b.peer_id, b.group_id, b.position, b.last_seq, b.read_seq, b.last, b.delivered, b.peer_read,
            u.name, g.name, g.description, g.visibility, g.members, m.role,
            exists (select from chat_read.blocks x where x.user_id = $1 and x.blocked_id = b.peer_id)
                or exists (select from chat_read.blocks x where x.user_id = b.peer_id and x.blocked_id = $1)
        from both_kinds b
        left join chat_read.users u on u.id = b.peer_id
        left join chat_read.groups g on g.id = b.group_id
        left join chat_read.group_members m on m.group_id = b.group_id and m.user_id = $1
        order by b.position desc
        """

    /// See `ReadModels`.
    public func conversations(
        of user: UserID, before: Position?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> ConversationsPage {
        let rows = try await query(
            ["conversation", "group", "user", "friend"], atLeast: atLeast, Self.conversationsQuery,
            [.int8(user.value), .int8(before?.value ?? Int64.max), .int8(Int64(limit) + 1)])
        let entries = rows.map { rows.conversation($0, of: user) }
        return ConversationsPage(entries: Array(entries.prefix(limit)), more: entries.count > limit)
    }

    /// See `ReadModels`.
    public func readSeq(of user: UserID, in conversation: Conversation) async throws(EventLogError) -> Int64 {
        let rows: PostgresResult
        switch conversation {
        case .direct:
            rows = try await query(
                "select read_seq from chat_read.direct_conversations where user_id = $1 and peer_id = $2",
                [.int8(user.value), .int8(conversation.otherSide(of: user)?.value ?? 0)])
        case .group(let group):
            rows = try await query(
                "select read_seq from chat_read.group_reads where user_id = $1 and group_id = $2",
                [.int8(user.value), .int8(group.value)])
        }
        return rows.rowCount == 1 ? rows.int(0, 0) ?? 0 : 0
    }

    /// See `ReadModels`.
    public func messages(at positions: [Position]) async throws(EventLogError) -> [RecordedEvent] {
        guard !positions.isEmpty else { return [] }
        let rows = try await query(
            """
            select \(EventRows.columns) from chat_log.events e
            where e.position = any ($1) and e.type = any ($2) order by e.position
            """,
            [
                .int8Array(positions.map(\.value)),
                .textArray([EventType.messageSent.rawValue, EventType.messageEdited.rawValue]),
            ])
        return try EventRows.events(rows)
    }
}

extension PostgresResult {
    /// A row of the query above.
    fileprivate func conversation(_ row: Int, of user: UserID) -> ConversationsPage.Entry {
        let peer = UserID(int(row, 0) ?? 0)
        let group = int(row, 1).map { GroupID($0) }
        let partner: ConversationsPage.Entry.Partner =
            if let group {
                .group(
                    WireGroup(
                        id: group, name: text(row, 9) ?? "", description: text(row, 10) ?? "",
                        visibility: Visibility(rawValue: text(row, 11) ?? "") ?? .invite,
                        members: Int(int(row, 12) ?? 0), role: text(row, 13).flatMap { Role(rawValue: $0) }))
            } else {
                .user(
                    WireUser(id: peer, name: text(row, 8)),
                    bool(row, 14) == true ? nil : .init(delivered: int(row, 6) ?? 0, read: int(row, 7) ?? 0))
            }
        return ConversationsPage.Entry(
            conversation: group.map { .group($0) } ?? .direct(between: user, and: peer), partner: partner,
            position: Position(int(row, 2) ?? 0), lastSeq: int(row, 3) ?? 0, readSeq: int(row, 4) ?? 0,
            last: int(row, 5).map { Position($0) })
    }
}
