import ChatTestKit
import Reactor
import RedisClient

/// What the tests of this module share: one loop, and one server for all tests that leave it whole.
enum Fixture {
    /// Longer than any test waits unless something is broken, however many suites share the machine.
    static let patience: Duration = .seconds(300)

    static let loop = EventLoop(name: "redis-tests")
    private static let shared = Result { try PrivateRedis() }

    static func sharedRedis() throws -> PrivateRedis {
        try shared.get()
    }

    static func connect(
        _ redis: PrivateRedis, onLost: @escaping @Sendable (RedisError) -> Void = { _ in }
    ) async throws -> RedisConnection {
        try await RedisConnection.connect(
            try RedisAddress("redis+unix://" + redis.socketPath), on: loop, timeout: patience,
            commandTimeout: patience, onLost: onLost)
    }

    /// A connection to the shared server, for the body only.
    static func withConnection(_ body: (RedisConnection) async throws -> Void) async throws {
        let connection = try await connect(sharedRedis())
        try await body(connection)
        await connection.close()
    }

    /// Waits until this many clients of the server wait in blocking commands. Suspends, since those who are waited for
    /// may need the very thread.
    static func untilBlocked(_ count: Int, _ redis: PrivateRedis) async throws {
        let observer = try await connect(redis)
        let deadline = ContinuousClock.now + patience
        while try await observer.send(["INFO", "clients"]).text?.contains("blocked_clients:\(count)\r\n") == false {
            guard ContinuousClock.now < deadline else { throw CancellationError() }
        }
        await observer.close()
    }
}

/// The code of the error that the body ends with; nil when it ends well.
func failure(_ body: () async throws -> Void) async -> RedisError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? RedisError)?.code
    }
}

extension Sequence<RedisReply> {
    var texts: [String?] { map(\.text) }
}
