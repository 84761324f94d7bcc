public import CommandLineTool
public import EventLogPostgres
public import PostgresClient
public import Reactor

/// The log and what lies beside it, as a tool outside the cluster reaches them.
public struct LogAccess: Sendable {
    /// The log; a read waits for its answer as long as it takes.
    public let log: PostgresEventLog
    /// The sealing keys.
    public let keys: PostgresKeyStore
    /// The pool of both.
    public let pool: PostgresPool
    private let conninfo: String
    private let program: String
    private let loop: EventLoop

    /// Connections of the pool: the log is read and appended, and keys are fetched, through it.
    private static let poolSize = 6
    private static let patience = Duration.seconds(10)

    /// Opens the database of the option `--database`.
    ///
    /// - Parameters:
    ///   - program: the tool's name, which the database shows.
    ///   - requiringSchema: whether a database whose schema is not this program's is refused.
    public static func open(
        _ invocation: Invocation, program: String, requiringSchema: Bool, on loop: EventLoop
    ) async throws -> LogAccess {
        let conninfo = try invocation.required("database")
        let pool = PostgresPool(conninfo, applicationName: program, size: poolSize, on: loop)
        let access = LogAccess(
            log: PostgresEventLog(appends: pool, reads: pool, patience: nil), keys: PostgresKeyStore(pool: pool),
            pool: pool, conninfo: conninfo, program: program, loop: loop)
        let connection = try await access.connect()
        if requiringSchema, try await SchemaMigrator(connection).state() != .current {
            throw ToolFailure(
                .failed, "the schema is not the one of this program: run chatserver migrate, or use its own \(program)")
        }
        await connection.close()
        return access
    }

    /// A connection for one user alone.
    public func connect() async throws -> PostgresConnection {
        try await PostgresConnection.connect(conninfo, applicationName: program, on: loop, timeout: Self.patience)
    }
}
