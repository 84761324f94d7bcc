import ChatApplication
import ChatDomain
import PostgresClient

/// What read tables know of events that were found.
enum AuditLookup {
    /// The lives of the log, each with its first position, in order.
    static func lives(_ transaction: PostgresTransaction) async throws -> [(from: Position, epoch: String)] {
        let rows = try await transaction.query("select from_position, epoch from chat.epochs order by 1, started_at")
        return rows.map { (from: Position(rows.int($0, 0) ?? 1), epoch: rows.text($0, 1) ?? "") }
    }

    /// To which of them a position belongs.
    static func epoch(of position: Position, _ lives: [(from: Position, epoch: String)]) -> String {
        lives.last { $0.from <= position }?.epoch ?? ""
    }

    /// The names of all users of these events.
    static func names(_ entries: [AuditEntry], _ transaction: PostgresTransaction) async throws -> AuditNames {
        try await names(of: Set(entries.flatMap(\.users)), transaction)
    }

    /// The names of these users.
    static func names(of users: Set<UserID>, _ transaction: PostgresTransaction) async throws -> AuditNames {
        var names = AuditNames()
        guard !users.isEmpty else { return names }
        let rows = try await transaction.query(
            "select id, name from chat.audit_names where id = any($1) and deleted_at is null",
            [.int8Array(users.map(\.value))])
        for row in 0..<rows.rowCount {
            if let id = rows.int(row, 0) { names[UserID(id)] = rows.text(row, 1) }
        }
        return names
    }

    /// Adds to each event the address from which it was done: its own, or that of its session.
    static func addAddresses(
        _ entries: inout [AuditEntry], unfolded: [SessionID: String], _ transaction: PostgresTransaction
    ) async throws {
        let sessions = Set(entries.compactMap(\.recorded.cause.session?.value))
        guard !entries.isEmpty else { return }
        let rows = try await transaction.query(
            """
            select position, session, address from chat.audit_addresses
            where session = any($1) or position = any($2)
            """, [.textArray(Array(sessions)), .int8Array(entries.map(\.recorded.position.value))])
        var bySession = unfolded
        var byPosition: [Int64: String] = [:]
        for row in 0..<rows.rowCount {
            guard let position = rows.int(row, 0), let address = rows.text(row, 2) else { continue }
            byPosition[position] = address
            if let session = rows.text(row, 1) { bySession[SessionID(session)] = address }
        }
        for index in entries.indices where entries[index].address == nil {
            let recorded = entries[index].recorded
            entries[index].address =
                byPosition[recorded.position.value] ?? recorded.cause.session.flatMap { bySession[$0] }
        }
    }
}
