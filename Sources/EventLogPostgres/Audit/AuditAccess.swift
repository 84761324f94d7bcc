public import PostgresClient

/// A connection through which the log is only read: in read-only transactions, as the role of readers where the
/// connection's own may become that.
public struct AuditAccess: Sendable {
    private static let reader = "chat_reader"

    private let connection: PostgresConnection
    /// The role at the database that asks.
    public let role: String
    private let becomesReader: Bool

    /// Looks what the role may.
    public init(_ connection: PostgresConnection) async throws(PostgresError) {
        self.connection = connection
        let rows = try await connection.query(
            """
            select session_user::text, exists (
                select from pg_roles r where r.rolname = '\(Self.reader)'
                    and pg_has_role(session_user, r.oid, 'member'))
            """)
        role = rows.text(0, 0) ?? ""
        becomesReader = rows.bool(0, 1) ?? false
    }

    /// Whether the database has what is asked here.
    public func hasSchema() async throws(PostgresError) -> Bool {
        let rows = try await connection.query(
            """
            select count(*) = 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'chat' and c.relname = 'audit_progress'
            """)
        return rows.bool(0, 0) ?? false
    }

    /// Runs `body` in one snapshot.
    public func read<Value>(_ body: (PostgresTransaction) async throws -> Value) async throws -> Value {
        try await connection.transaction(begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") { transaction in
            if becomesReader { _ = try await transaction.query("SET LOCAL ROLE \(Self.reader)") }
            // Generic plans know nothing of what is asked for: of a rare word they expect as much as of a frequent one.
            _ = try await transaction.query("SET LOCAL plan_cache_mode = force_custom_plan")
            // Of ranges that are known only when it runs the planner expects far too much, and would compile for them.
            _ = try await transaction.query("SET LOCAL jit = off")
            return try await body(transaction)
        }
    }

    /// Ends the connection.
    public func close() async { await connection.close() }
}
