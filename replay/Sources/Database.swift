import ChatApplication
import ChatProjections
import CommandLineTool
import EventLogPostgres
import PostgresClient
import Reactor
import UnicodeText

/// A subcommand whose arguments make sense.
protocol ReplayCommand: Sendable {
    /// Whether the database must have this program's schema.
    var needsSchema: Bool { get }
    /// Does it, and says how the program ends.
    func run(_ database: Database) async throws -> ExitCode
}

extension ReplayCommand {
    /// Most commands look at the log.
    var needsSchema: Bool { true }
}

/// The log and its read tables, as a tool reaches them.
struct Database: Sendable {
    let log: PostgresEventLog
    let keys: PostgresKeyStore
    let pool: PostgresPool
    private let conninfo: String
    private let loop: EventLoop

    /// Connections of the pool: the log is read and appended, and keys are fetched, through it.
    private static let poolSize = 6
    private static let patience = Duration.seconds(10)

    /// Refuses a database whose schema is not this program's, if the command needs it.
    static func open(
        _ invocation: Invocation, for command: any ReplayCommand, on loop: EventLoop
    ) async throws -> Database {
        let conninfo = try invocation.required("database")
        let pool = PostgresPool(conninfo, applicationName: "chat-replay", size: poolSize, on: loop)
        let database = Database(
            log: PostgresEventLog(appends: pool, reads: pool, patience: nil), keys: PostgresKeyStore(pool: pool),
            pool: pool, conninfo: conninfo, loop: loop)
        let connection = try await database.connect()
        if command.needsSchema, try await SchemaMigrator(connection).state() != .current {
            throw ToolFailure(
                .failed, "the schema is not the one of this program: run chatserver migrate, or use its own chat-replay"
            )
        }
        await connection.close()
        return database
    }

    /// A connection for one user alone.
    func connect() async throws -> PostgresConnection {
        try await PostgresConnection.connect(
            conninfo, applicationName: "chat-replay", on: loop, timeout: Self.patience)
    }

    /// What rebuilds and verifications work with, over a connection of their own.
    func means(_ connection: PostgresConnection) -> ProjectionRebuild.Means {
        ProjectionRebuild.Means(
            connection: connection, log: log, keys: keys,
            environment: ProjectionEnvironment { UnicodeText.foldKey($0) }, host: HostName.current)
    }
}

/// The projections that a command line names.
enum ProjectionArguments {
    /// Their names, for people.
    static var known: String { ProjectionCatalog.all.map { $0.name }.joined(separator: ", ") }

    /// Those that were named, each once; all if none was.
    static func chosen(_ invocation: Invocation) throws(UsageError) -> [any Projection.Type] {
        var chosen: [any Projection.Type] = []
        for name in invocation.arguments where !chosen.contains(where: { $0.name == name }) {
            chosen.append(try projection(name))
        }
        return chosen.isEmpty ? ProjectionCatalog.all : chosen
    }

    /// The one of this name.
    static func projection(_ name: String) throws(UsageError) -> any Projection.Type {
        guard let kind = ProjectionCatalog.named(name) else {
            throw UsageError("there is no projection \(DisplayText.printable(name)); there are \(known)")
        }
        return kind
    }
}
