import ChatApplication
import ChatDomain
public import PostgresClient
import WireProtocol

/// The read tables, asked through the views that show the live sets.
public struct PostgresReadModels: Sendable {
    let pool: PostgresPool
    let watch: ProjectionWatch
    /// What every login asks for, read for all that log in at the same time.
    let logins: LoginReads
    /// Entries of `requests` and `requested`.
    static let listLimit = 200

    /// Over a pool of connections; `watch` tells how far the projections are.
    public init(pool: PostgresPool, watch: ProjectionWatch) {
        self.pool = pool
        self.watch = watch
        logins = LoginReads(pool: pool)
    }

    /// Runs one statement once the projections have reached a position.
    func query(
        _ projections: [String], atLeast position: Position, _ sql: String, _ parameters: [PostgresValue]
    ) async throws(EventLogError) -> PostgresResult {
        try await watch.wait(for: projections, atLeast: position)
        return try await query(sql, parameters)
    }

    func query(_ sql: String, _ parameters: [PostgresValue]) async throws(EventLogError) -> PostgresResult {
        try await pool.answer(sql, parameters)
    }
}

extension PostgresResult {
    /// A user whose number and name stand in two neighbouring columns.
    func user(_ row: Int, _ column: Int) -> WireUser {
        WireUser(id: UserID(int(row, column) ?? 0), name: text(row, column + 1))
    }

    /// Calls `body` for each row.
    func map<Value>(_ body: (Int) -> Value) -> [Value] { (0..<rowCount).map(body) }
}
