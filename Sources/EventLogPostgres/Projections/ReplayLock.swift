import PostgresClient

/// Only one changes sets at a time: rebuilds, rollbacks and removals hold this lock for as long as they run, and a node
/// that rolls out a newer version takes it for each of its transactions.
enum ReplayLock {
    private static let key: Int64 = 7_166_192_731_461_542_511
    /// The session of a run that was killed may live on for a moment; a node's transaction is short.
    static let patience: Duration = .seconds(3)

    /// Runs the body under the lock, or says who has it.
    static func holding<Value>(_ connection: PostgresConnection, _ body: () async throws -> Value) async throws -> Value
    {
        try await take(connection)
        do {
            let value = try await body()
            _ = try await connection.query("select pg_advisory_unlock($1)", [.int8(key)])
            return value
        } catch {
            // A cancelled task cannot ask the database any more.
            _ = await Task { try await connection.query("select pg_advisory_unlock($1)", [.int8(key)]) }.result
            throw error
        }
    }

    private static func take(_ connection: PostgresConnection) async throws {
        let deadline = ContinuousClock.now + patience
        while true {
            let taken = try await connection.query("select pg_try_advisory_lock($1)", [.int8(key)])
            if taken.bool(0, 0) == true { return }
            guard ContinuousClock.now < deadline else { throw RebuildFailure.busy(try await holder(connection)) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Whether this transaction has the lock, to its end.
    static func tryTake(_ transaction: PostgresTransaction) async throws -> Bool {
        try await transaction.query("select pg_try_advisory_xact_lock($1)", [.int8(key)]).bool(0, 0) == true
    }

    private static func holder(_ connection: PostgresConnection) async throws -> String? {
        let result = try await connection.query(
            """
            select format('%s, process %s of the database', coalesce(nullif(a.application_name, ''), 'unnamed'), a.pid) \
            from pg_locks l join pg_stat_activity a using (pid) \
            where l.locktype = 'advisory' and l.granted and l.objsubid = 1 \
                and l.database = (select oid from pg_database where datname = current_database()) \
                and (l.classid::bigint << 32) + l.objid::bigint = $1 limit 1
            """, [.int8(key)])
        return result.rowCount == 1 ? result.text(0, 0) : nil
    }

    /// Lets the server end at once what a killed program left running.
    static func endWithClient(_ connection: PostgresConnection) async throws {
        _ = try await connection.query("set client_connection_check_interval = '500ms'")
    }
}
