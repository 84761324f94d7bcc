public import PostgresClient

/// What every connection to the log begins with.
public enum LogConnection {
    /// Turns off what does such statements harm: PostgreSQL compiles a plan whose cost it reckons high, and over many
    /// partitions that takes seconds for what runs in milliseconds.
    public static func prepare(_ connection: PostgresConnection) async throws {
        _ = try await connection.query("select set_config('jit', 'off', false)", timeout: LogLimits.readPatience)
    }
}
