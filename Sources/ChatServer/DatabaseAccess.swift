import CommandLineTool
import EventLogPostgres
import PostgresClient
import Reactor

/// How this program comes to its database: as the restricted role where it may.
enum DatabaseAccess {
    /// - Parameters:
    ///   - statementLimit: after so long the server ends a statement; nil where appends and projections write, which must
    ///     not be broken off while somebody still waits for them.
    ///   - keepsPlans: see `LogConnection.prepare`.
    ///   - life: sees which life of the log each connection meets; nil where the schema may be of another version.
    static func pool(
        _ database: String, _ name: String, size: Int, on loop: EventLoop, life: LifeWatch?,
        statementLimit: Duration? = nil, keepsPlans: Bool = false
    ) -> PostgresPool {
        PostgresPool(database, applicationName: name, size: size, on: loop) { connection in
            try await LogConnection.prepare(connection, keepsPlans: keepsPlans)
            try await restrict(connection)
            try await life?.check(connection)
            var settings = LogLimits.vanishedNode
            if let statementLimit { settings.append(("statement_timeout", "\(statementLimit / .milliseconds(1))")) }
            _ = try await connection.query(
                "select set_config(name, value, false) from unnest($1::text[], $2::text[]) as s (name, value)",
                [.textArray(settings.map(\.0)), .textArray(settings.map(\.1))], timeout: LogLimits.readPatience)
        }
    }

    /// The server's role executes the append, reads, and writes read tables: it cannot change an event.
    private static func restrict(_ connection: PostgresConnection) async throws {
        let rows = try await connection.query(
            "select pg_has_role(current_user, oid, 'member') from pg_roles where rolname = 'chat_server'",
            timeout: LogLimits.readPatience)
        if rows.rowCount == 1, rows.bool(0, 0) == true {
            try await connection.execute(script: "set role chat_server", timeout: LogLimits.readPatience)
        }
    }

    /// Throws what mends it if the schema is not the one that this program knows.
    static func checkSchema(_ database: String, _ name: String, on loop: EventLoop) async throws {
        let pool = pool(database, name, size: 1, on: loop, life: nil)
        defer { Task { await pool.close() } }
        switch try await pool.withConnection({ try await SchemaMigrator($0).state() }) {
        case .current, .extended: return
        case .older:
            throw ToolFailure(
                .failed, "the database's schema is older than this program: run chatserver migrate --database URL")
        case .newer, .changed:
            throw ToolFailure(
                .failed, "the database's schema is newer than this program, or another: use the program that made it")
        }
    }
}
