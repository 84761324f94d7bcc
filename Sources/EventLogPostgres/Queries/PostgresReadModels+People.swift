public import ChatApplication
public import ChatDomain
import PostgresClient
public import WireProtocol

extension PostgresReadModels {
    /// See `ReadModels`.
    public func friends(
        of user: UserID, after: UserID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> FriendsPage {
        try await watch.wait(for: ["friend", "user", "session"], atLeast: atLeast)
        let asked = LoginReads.PageAsked(user: user, after: after?.value ?? 0, limit: limit)
        let friends = try await logins.friends.ask(asked)
        var page = FriendsPage(
            friends: Array(friends.prefix(limit)), more: friends.count > limit, requests: [], requested: [],
            blocked: [])
        guard after == nil else { return page }
        let others = try await logins.others.ask(user)
        page.requests = others[.requests] ?? []
        page.requested = others[.requested] ?? []
        page.blocked = others[.blocked] ?? []
        return page
    }

    /// See `ReadModels`.
    public func contacts(
        of user: UserID, blocks: Int, atLeast: Position
    ) async throws(EventLogError) -> Contacts {
        try await watch.wait(for: ["friend"], atLeast: atLeast)
        return try await logins.contacts.ask(LoginReads.ContactsAsked(user: user, blocks: blocks))
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
