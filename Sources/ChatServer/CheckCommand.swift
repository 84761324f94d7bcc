import CommandLineTool
import EventLogPostgres
import PostgresClient
import Reactor
import RedisClient

/// `chatserver check`: whether everything that a node needs can be reached.
enum CheckCommand {
    static func run(_ invocation: Invocation) throws {
        let configuration = try ServerConfiguration(invocation)
        let loop = EventLoop(name: "check")
        try Blocking.run(on: loop) {
            var isFine = true
            isFine = await report("PostgreSQL and its schema") { try await database(configuration, loop) } && isFine
            if let redis = configuration.redis {
                isFine = await report("Redis") { try await check(redis, loop) } && isFine
            } else {
                StandardStream.output.write("missing Redis: nodes would read the log\n")
            }
            if let files = configuration.tlsFiles {
                isFine = await report("the certificate") { _ = try Certificate(files) } && isFine
            }
            for address in configuration.addresses {
                isFine = await report("\(address)") { try await bind(address, loop) } && isFine
            }
            guard isFine else { throw ToolFailure(.negative, "not everything can be reached") }
        }
    }

    private static func report(_ what: String, _ body: () async throws -> Void) async -> Bool {
        do {
            try await body()
            StandardStream.output.write("ok \(what)\n")
            return true
        } catch {
            StandardStream.output.write("failed \(what): \(error)\n")
            return false
        }
    }

    private static func database(_ configuration: ServerConfiguration, _ loop: EventLoop) async throws {
        try await DatabaseAccess.checkSchema(configuration.database, "chatserver check", on: loop)
    }

    private static func check(_ address: RedisAddress, _ loop: EventLoop) async throws {
        let connection = try await RedisConnection.connect(address, on: loop, timeout: .seconds(3))
        _ = try await connection.send(["PING"]).accepted()
        await connection.close()
    }

    private static func bind(_ address: SocketAddress, _ loop: EventLoop) async throws {
        try await BindProbe(loop: loop).run(address)
    }
}
