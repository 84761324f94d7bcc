import Migrations
public import PostgresClient

/// Brings a database's schema up to date; safe to run from many nodes at once.
///
/// Each migration is a transaction of its own that begins with one advisory lock and looks again at what is applied.
public struct SchemaMigrator: Sendable {
    private static let lock = "SELECT pg_advisory_xact_lock(7166192731461542504)"

    private let connection: PostgresConnection
    private let migrations: [Migration]

    /// A migrator over a connection whose role owns the schema, or may make it.
    public init(_ connection: PostgresConnection) {
        self.init(connection, migrations: Migration.all)
    }

    init(_ connection: PostgresConnection, migrations: [Migration]) {
        self.connection = connection
        self.migrations = migrations
    }

    /// How the database stands to this program.
    public func state() async throws(PostgresError) -> SchemaState {
        Self.compare(try await applied(through: connection), with: try await hashes())
    }

    /// The names of the migrations that `migrate` would apply.
    public func pending() async throws -> [String] {
        switch try await state() {
        case .current, .extended: []
        case .older(let missing): missing
        case .newer(let unknown): throw SchemaError.newer(unknown: unknown)
        case .changed(let names): throw SchemaError.changed(names)
        }
    }

    /// Applies what is missing, then makes partitions and buckets ahead; returns the names of what it applied.
    ///
    /// - Parameter settings: rows of `chat_log.settings` to set before any partition is made, as `partition_size`.
    public func migrate(settings: [String: Int64] = [:]) async throws -> [String] {
        let hashes = try await hashes()
        try await prepare()
        var done: [String] = []
        for migration in migrations {
            let isNew = try await connection.transaction { transaction in
                try await apply(migration, hashes, in: transaction)
            }
            if isNew { done.append(migration.name) }
        }
        for (name, value) in settings {
            _ = try await connection.query(
                "UPDATE chat_log.settings SET value = $2 WHERE name = $1", [.text(name), .int8(value)])
        }
        _ = try await connection.query("SELECT chat_log.maintain()")
        return done
    }

    private func prepare() async throws {
        try await connection.transaction { transaction in
            _ = try await transaction.query(Self.lock)
            try await transaction.execute(
                script: """
                    CREATE SCHEMA IF NOT EXISTS chat_log;
                    CREATE TABLE IF NOT EXISTS chat_log.migrations (
                        number integer PRIMARY KEY,
                        name text NOT NULL,
                        hash text NOT NULL,
                        applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
                    );
                    ALTER TABLE chat_log.migrations ADD COLUMN IF NOT EXISTS expands boolean NOT NULL DEFAULT false;
                    COMMENT ON COLUMN chat_log.migrations.expands IS 'programs that do not know it may go on';
                    """)
        }
    }

    private func apply(
        _ migration: Migration, _ hashes: [Applied], in transaction: PostgresTransaction
    ) async throws -> Bool {
        _ = try await transaction.query(Self.lock)
        let applied = try await applied(through: transaction)
        switch Self.compare(applied, with: hashes) {
        case .current, .extended, .older: break
        case .newer(let unknown): throw SchemaError.newer(unknown: unknown)
        case .changed(let names): throw SchemaError.changed(names)
        }
        if applied.contains(where: { $0.name == migration.name }) { return false }
        try await transaction.execute(
            script: String(decoding: migration.sql, as: UTF8.self), timeout: LogLimits.migrationTimeout)
        _ = try await transaction.query(
            """
            INSERT INTO chat_log.migrations (number, name, hash, expands) VALUES ($1, $2, encode(sha256($3), 'hex'), $4)
            """,
            [
                .int4(Int32(migration.number)), .text(migration.name), .bytes(migration.sql),
                .bool(migration.letsOlderProgramsGoOn),
            ])
        return true
    }
}

extension SchemaMigrator {
    /// A migration, the SHA-256 of its text, and whether who does not know it may go on.
    struct Applied: Hashable {
        var name: String
        var hash: String
        var expands = false
    }

    static func compare(_ applied: [Applied], with known: [Applied]) -> SchemaState {
        let texts = Dictionary(known.map { ($0.name, $0.hash) }) { first, _ in first }
        let unknown = applied.filter { texts[$0.name] == nil }
        if unknown.contains(where: { !$0.expands }) { return .newer(unknown: unknown.map(\.name)) }
        let changed = applied.filter { texts[$0.name] ?? $0.hash != $0.hash }.map(\.name)
        if !changed.isEmpty { return .changed(changed) }
        let names = Set(applied.map(\.name))
        let missing = known.filter { !names.contains($0.name) }.map(\.name)
        if !missing.isEmpty { return .older(missing: missing) }
        return unknown.isEmpty ? .current : .extended(by: unknown.map(\.name))
    }

    private func applied(through session: some PostgresSession) async throws(PostgresError) -> [Applied] {
        let made = try await session.query("SELECT to_regclass('chat_log.migrations') IS NOT NULL")
        guard made.bool(0, 0) == true else { return [] }
        // By way of JSON: the column is missing until a program that knows it has migrated.
        let rows = try await session.query(
            "SELECT name, hash, (to_jsonb(m) ->> 'expands')::boolean FROM chat_log.migrations m ORDER BY number")
        return rows.map {
            Applied(name: rows.text($0, 0) ?? "", hash: rows.text($0, 1) ?? "", expands: rows.bool($0, 2) ?? false)
        }
    }

    private func hashes() async throws(PostgresError) -> [Applied] {
        let rows = try await connection.query(
            "SELECT encode(sha256(t), 'hex') FROM unnest($1) WITH ORDINALITY AS m (t, number) ORDER BY number",
            [.byteaArray(migrations.map(\.sql))])
        return migrations.indices.map { Applied(name: migrations[$0].name, hash: rows.text($0, 0) ?? "") }
    }
}
