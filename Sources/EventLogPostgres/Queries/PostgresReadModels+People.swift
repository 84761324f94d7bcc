public import ChatApplication
public import ChatDomain
import PostgresClient
public import WireProtocol

extension PostgresReadModels {
    /// See `ReadModels`.
    public func friends(
        of user: UserID, after: UserID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> FriendsPage {
        let rows = try await query(
            ["friend", "user", "session"], atLeast: atLeast,
            """
            select f.friend_id, u.name, coalesce(p.online, false), p.last_seen
            from chat_read.friends f
            left join chat_read.users u on u.id = f.friend_id
            left join lateral (
                select bool_or(d.online) as online, max(d.last_seen) as last_seen
                from chat_read.devices d where d.user_id = f.friend_id) p on true
            where f.user_id = $1 and f.friend_id > $2 and u.deleted_position is null
            order by f.friend_id limit $3
            """,
            [.int8(user.value), .int8(after?.value ?? 0), .int8(Int64(limit) + 1)])
        let friends = rows.map { row in
            FriendsPage.Friend(
                user: rows.user(row, 0), isOnline: rows.bool(row, 2) ?? false, lastSeen: rows.timestamp(row, 3))
        }
        guard after == nil else {
            return FriendsPage(
                friends: Array(friends.prefix(limit)), more: friends.count > limit, requests: [], requested: [],
                blocked: [])
        }
        let others = try await others(of: user)
        return FriendsPage(
            friends: Array(friends.prefix(limit)), more: friends.count > limit, requests: others[.requests] ?? [],
            requested: others[.requested] ?? [], blocked: others[.blocked] ?? [])
    }

    /// Users who are not friends, by what they are.
    private enum OtherList: Int64, CaseIterable {
        case requests, requested, blocked

        /// Its query: `$1` is the user, `$2` the most entries.
        var sql: String {
            let (table, mine, theirs) =
                switch self {
                case .requests: ("friend_requests", "to_id", "from_id")
                case .requested: ("friend_requests", "from_id", "to_id")
                case .blocked: ("blocks", "user_id", "blocked_id")
                }
            return """
                (select \(rawValue)::bigint as list, r.\(theirs) as id, u.name
                from chat_read.\(table) r left join chat_read.users u on u.id = r.\(theirs)
                where r.\(mine) = $1 and u.deleted_position is null order by r.\(theirs) limit $2)
                """
        }
    }

    /// All three lists at once: every login asks for them.
    private func others(of user: UserID) async throws(EventLogError) -> [OtherList: [WireUser]] {
        let lists = OtherList.allCases.map(\.sql).joined(separator: " union all ")
        let rows = try await query(
            "select list, id, name from (\(lists)) l order by list, id",
            [.int8(user.value), .int8(Int64(Self.listLimit))])
        var found: [OtherList: [WireUser]] = [:]
        for row in 0..<rows.rowCount {
            guard let list = rows.int(row, 0).flatMap(OtherList.init) else { continue }
            found[list, default: []].append(rows.user(row, 1))
        }
        return found
    }

    /// See `ReadModels`.
    public func contacts(
        of user: UserID, blocks: Int, atLeast: Position
    ) async throws(EventLogError) -> Contacts {
        let rows = try await query(
            ["friend"], atLeast: atLeast,
            """
            select friend_id, null::boolean from chat_read.friends where user_id = $1
            union all (select blocked_id, true from chat_read.blocks where user_id = $1 limit $2)
            union all (select user_id, false from chat_read.blocks where blocked_id = $1 limit $2)
            """,
            [.int8(user.value), .int8(Int64(blocks))])
        var contacts = Contacts()
        for row in 0..<rows.rowCount {
            let other = UserID(rows.int(row, 0) ?? 0)
            switch rows.bool(row, 1) {
            case nil: contacts.friends.append(other)
            case true?: contacts.blocks.append(Block(by: user, user: other))
            case false?: contacts.blocks.append(Block(by: other, user: user))
            }
        }
        return contacts
    }

    /// See `ReadModels`.
    public func findUsers(
        foldedPrefix: String, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> [WireUser] {
        guard !foldedPrefix.contains("\0") else { return [] }
        let rows = try await query(
            ["user"], atLeast: atLeast,
            """
            select id, name from chat_read.users
            where folded like $1 and deleted_at is null order by folded, id limit $2
            """, [.text(Self.pattern(foldedPrefix)), .int8(Int64(limit))])
        return rows.map { rows.user($0, 0) }
    }

    /// A prefix as a LIKE pattern that means itself.
    static func pattern(_ prefix: String) -> String {
        var pattern = ""
        for scalar in prefix.unicodeScalars {
            if scalar == "\\" || scalar == "%" || scalar == "_" { pattern.unicodeScalars.append("\\") }
            pattern.unicodeScalars.append(scalar)
        }
        return pattern + "%"
    }
}
