import ChatApplication
import ChatDomain
import ChatTestKit
import EventLogPostgres
import Foundation
import PostgresClient
import Reactor
import Synchronization

/// A migrated database with an empty log, copied from one template.
struct LogDatabase {
    let conninfo: String
    let loop: EventLoop
    let log: PostgresEventLog

    /// One loop serves all tests of this process.
    static let loop = EventLoop(name: "log-tests")

    private static let templates = Mutex<[Int64: Task<String, any Error>]>([:])
    private static let lastName = Atomic(0)

    /// The name of a migrated database that is only ever copied.
    private static func template(_ partitionSize: Int64) async throws -> String {
        let making = templates.withLock { templates in
            if let known = templates[partitionSize] { return known }
            let making = Task {
                let conninfo = try await create("template0")
                try await migrate(conninfo, settings: ["partition_size": partitionSize])
                return conninfo.components(separatedBy: "dbname=").last ?? ""
            }
            templates[partitionSize] = making
            return making
        }
        return try await making.value
    }

    /// Makes a database and returns its connection string.
    private static func create(_ template: String) async throws -> String {
        let server = try PrivatePostgres.shared()
        let name = "log_\(lastName.add(1, ordering: .sequentiallyConsistent).newValue)"
        let connection = try await connect(server.conninfo())
        _ = try await connection.query("CREATE DATABASE \(name) TEMPLATE \(template)")
        await connection.close()
        return server.conninfo(database: name)
    }

    static func migrate(_ conninfo: String, settings: [String: Int64] = [:]) async throws {
        let connection = try await connect(conninfo)
        _ = try await SchemaMigrator(connection).migrate(settings: settings)
        await connection.close()
    }

    static func connect(_ conninfo: String) async throws -> PostgresConnection {
        try await PostgresConnection.connect(conninfo, applicationName: "tests", on: loop, timeout: .seconds(30))
    }

    /// A database of its own.
    static func fresh(
        partitionSize: Int64 = 10_000_000, fewCommands: Int = LogLimits.fewCommands
    ) async throws -> LogDatabase {
        LogDatabase(conninfo: try await create(try await template(partitionSize)), fewCommands: fewCommands)
    }

    init(conninfo: String, fewCommands: Int = LogLimits.fewCommands) {
        self.conninfo = conninfo
        loop = Self.loop
        log = Self.makeLog(conninfo, fewCommands: fewCommands)
    }

    static func makeLog(_ conninfo: String, fewCommands: Int = LogLimits.fewCommands) -> PostgresEventLog {
        PostgresEventLog(appends: pool(conninfo, "append"), reads: pool(conninfo, "read"), fewCommands: fewCommands)
    }

    /// More patient than a node's: many suites share a machine that may have two cores.
    private static func pool(_ conninfo: String, _ name: String) -> PostgresPool {
        PostgresPool(
            conninfo, applicationName: name, size: 2, on: loop, waitLimit: .seconds(60), connectTimeout: .seconds(60))
    }

    /// Runs statements as the owner, one connection for all.
    func run(_ statements: String...) async throws -> [PostgresResult] {
        let connection = try await Self.connect(conninfo)
        var results: [PostgresResult] = []
        for statement in statements { results.append(try await connection.query(statement)) }
        await connection.close()
        return results
    }

    /// The SQLSTATE with which the last of these statements is refused; nil if it is not.
    func refusal(_ statements: String...) async throws -> String? {
        let connection = try await Self.connect(conninfo)
        var refusal: String?
        for statement in statements {
            do { _ = try await connection.query(statement) } catch { refusal = error.sqlState ?? "?" }
        }
        await connection.close()
        return refusal
    }

    func close() async {
        await log.close()
    }
}

extension PostgresEventLog {
    /// Appends commands as a tool.
    func append(_ commands: AppendCommand...) async throws -> [AppendOutcome] {
        try await append(AppendBatch(origin: nil, commands: commands))
    }
}

func event(_ stream: StreamName, touching: [StreamName] = [], type: String = "Happened") -> EncodedEvent {
    EncodedEvent(stream: stream, touched: touching, type: type, payload: Array(#"{"in":"\#(stream)"}"#.utf8))
}
