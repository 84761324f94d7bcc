import Foundation
import JSONText
import Synchronization

/// Nodes with a database and a Redis of their own: all real processes, none of which outlives this one.
public final class ClusterFixture: Sendable {
    /// The database server.
    public let postgres: PrivatePostgres
    /// The carrier of the fast path; nil if the nodes have none.
    public let redis: PrivateRedis?
    /// The nodes, named a, b, …
    public let nodes: [ServerNode]
    /// How a program reaches the database.
    public let database: String
    private let arguments: [String]
    /// How the names of the nodes' logs begin. They lie with the database, whose folder goes with it, if nobody names one.
    private let logs: String
    private static let logFolder = ProcessInfo.processInfo.environment["TEST_LOGS"]
    private let names = Atomic<Int>(0)

    /// Rates are off, and passwords are hashed cheaply.
    private static let settings = [
        "password.memory=8", "password.operations=1", "rate.commands=0", "rate.registrations=0",
        "rate.login-failures=0", "rate.login-failures-address=0",
    ]

    private static let sharedOutcome = Result { try ClusterFixture() }

    /// The one cluster of two nodes for tests that break nothing, started at the first call.
    public static func shared() throws -> ClusterFixture { try sharedOutcome.get() }

    /// Starts everything and waits until every node takes logins.
    ///
    /// - Parameters:
    ///   - ownPostgres: whether the test stops or kills PostgreSQL; otherwise the server is shared, the database not.
    ///   - postgresSettings: of a PostgreSQL of its own.
    ///   - settings: further ones, as `name=value`.
    ///   - certificate: files of certificate and key for nodes that speak TLS too.
    ///   - options: further ones of a node, by its number.
    ///   - partitionSize: positions in one partition of the log.
    ///   - route: how a node, by its number, reaches the database of a connection string.
    ///   - prepare: is given the database once it is migrated, before a node is started.
    public init(
        nodes count: Int = 2, ownPostgres: Bool = false, postgresSettings: [String] = [], withRedis: Bool = true,
        settings: [String] = [],
        certificate: (certificate: String, key: String)? = nil, options: (Int) -> [String] = { _ in [] },
        partitionSize: Int? = nil, route: (Int, String) -> String = { $1 },
        prepare: (String) throws -> Void = { _ in }
    ) throws {
        postgres = try ownPostgres ? PrivatePostgres(settings: postgresSettings) : PrivatePostgres.shared()
        redis = withRedis ? try PrivateRedis() : nil
        database = try postgres.freshDatabase()
        let size = partitionSize.map { ["--partition-size", "\($0)"] } ?? []
        let migration = try ProgramRun("chatserver", ["migrate", "--database", database] + size)
        guard migration.status == 0 else {
            throw PrivateServerError("no migration, status \(migration.status): \(migration.output)")
        }
        try prepare(database)
        var common: [String] = []
        if let redis { common += ["--redis", "redis+unix://\(redis.socketPath)"] }
        for setting in Self.settings + settings { common += ["--set", setting] }
        arguments = ["--database", database] + common
        let database = database
        logs = "\(Self.logFolder ?? postgres.socketFolder)/\(UUID().uuidString.prefix(8))"
        let log = logs
        nodes = (0..<count).map { number in
            let name = String(UnicodeScalar(UInt8(ascii: "a") + UInt8(number)))
            return ServerNode(
                name: name, arguments: ["--database", route(number, database)] + common + options(number),
                certificate: certificate, log: "\(log)-\(name).log")
        }
        for node in nodes { try node.start() }
        for node in nodes { try node.waitUntilReady() }
    }

    /// A further node, not yet started, under a name that may be taken.
    public func node(named name: String) -> ServerNode {
        let log = "\(logs)-\(UUID().uuidString.prefix(8))-\(name).log"
        return ServerNode(name: name, arguments: arguments, log: log)
    }

    deinit { nodes.forEach { $0.kill() } }

    /// The ports of all nodes.
    public var ports: [Int] { nodes.map(\.port) }

    /// A connection to a node.
    public func client(_ node: Int = 0, receiveBuffer: Int32? = nil) throws(ClientFailure) -> ScriptedClient {
        try ScriptedClient(port: nodes[node].port, receiveBuffer: receiveBuffer)
    }

    /// A connection to a node on which somebody has logged in.
    public func client(
        _ name: String, device: String? = nil, since: Int64? = nil, on node: Int = 0
    ) throws(ClientFailure) -> ScriptedClient {
        let client = try client(node)
        try client.login(name, device: device, since: since)
        return client
    }

    /// Registers a user under a name that nobody has; gives the name.
    public func register(_ name: String) throws(ClientFailure) -> String {
        let number = names.add(1, ordering: .relaxed).newValue
        let unused = "\(name)\(number)"
        let password = ScriptedClient.password
        try client().call("register", ["name": .string(unused), "password": .string(password)])
        return unused
    }

    /// Runs another program of the package on the cluster's database, to its end.
    public func run(_ program: String, _ arguments: [String]) throws -> ProgramRun {
        try ProgramRun(program, arguments + ["--database", database])
    }

    /// The same under another role at the database.
    public func run(_ program: String, _ arguments: [String], as role: String) throws -> ProgramRun {
        let database = self.database.replacing("user=postgres", with: "user=\(role)")
        return try ProgramRun(program, arguments + ["--database", database])
    }

    /// Starts another program of the package on the cluster's database.
    public func start(_ program: String, _ arguments: [String]) throws -> RunningProgram {
        try RunningProgram(program, arguments + ["--database", database])
    }

    /// Asks the database; gives the rows, columns separated by `|`.
    public func query(_ sql: String) throws -> [String] {
        let name = database.split(separator: "dbname=").last.map(String.init) ?? "postgres"
        return try postgres.run(sql: sql, database: name).split(separator: "\n").map(String.init)
    }
}
