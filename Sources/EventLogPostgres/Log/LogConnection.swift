public import PostgresClient

/// What every connection to the log begins with.
public enum LogConnection {
    /// Turns off what does such statements harm: PostgreSQL compiles a plan whose cost it reckons high, and over many
    /// partitions that takes seconds for what runs in milliseconds.
    ///
    /// - Parameter keepsPlans: whether a statement keeps one plan, whatever its values are. For whoever reads the log page
    ///   by page: once the log is long, PostgreSQL plans each page anew, which costs more than reading it.
    public static func prepare(_ connection: PostgresConnection, keepsPlans: Bool = false) async throws {
        _ = try await connection.query("select set_config('jit', 'off', false)", timeout: LogLimits.readPatience)
        guard keepsPlans else { return }
        _ = try await connection.query(
            "select set_config('plan_cache_mode', 'force_generic_plan', false)", timeout: LogLimits.readPatience)
    }
}
