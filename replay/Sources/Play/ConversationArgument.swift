import ChatDomain
import CommandLineTool
import LogAccess
import PostgresClient
import UnicodeText

/// A conversation as it is named on the command line: `direct:A:B` or `group:G`, by ids or by names.
enum ConversationArgument {
    /// Throws if it can name none.
    static func check(_ text: String) throws(UsageError) {
        let parts = parts(of: text)
        switch (parts.first, parts.count) {
        case ("direct", 3), ("group", 2...): return
        default: throw UsageError("--conversation takes direct:A:B or group:G, by ids or by names")
        }
    }

    /// The conversation, whether something was said in it or not.
    static func resolve(_ text: String, _ database: LogAccess) async throws -> Conversation {
        let parts = parts(of: text)
        if parts.first == "group" {
            return .group(GroupID(try await group(parts.dropFirst().joined(separator: ":"), database)))
        }
        let one = try await user(parts[1], database)
        let other = try await user(parts[2], database)
        guard one != other else { throw UsageError("--conversation: these are the same user") }
        return .direct(between: UserID(one), and: UserID(other))
    }

    private static func parts(of text: String) -> [String] {
        text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    }

    private static func user(_ name: String, _ database: LogAccess) async throws -> Int64 {
        try await find("users", "user", name, database)
    }

    private static func group(_ name: String, _ database: LogAccess) async throws -> Int64 {
        try await find("groups", "group", name, database)
    }

    /// Digits are an id. A name that several groups have names none.
    private static func find(
        _ table: String, _ kind: String, _ name: String, _ database: LogAccess
    ) async throws -> Int64 {
        if let id = Int64(name), id > 0 { return id }
        let shown = DisplayText.printable(name)
        guard !name.utf8.contains(0) else { throw UsageError("there is no \(kind) \(shown)") }
        let rows = try await database.pool.withConnection {
            try await $0.query(
                "select id from chat_read.\(table) where folded = $1 and deleted_at is null order by id limit 2",
                [.text(UnicodeText.foldKey(name))])
        }
        guard let id = rows.rowCount > 0 ? rows.int(0, 0) : nil else {
            throw ToolFailure(.failed, "there is no \(kind) \(shown)")
        }
        guard rows.rowCount == 1 else { throw ToolFailure(.failed, "several groups are called \(shown): give an id") }
        return id
    }
}
