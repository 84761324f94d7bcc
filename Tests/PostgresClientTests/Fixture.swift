import ChatTestKit
import PostgresClient
import Reactor
import Testing

/// A loop that ends with the test.
func withLoop<Value>(_ body: (EventLoop) async throws -> Value) async throws -> Value {
    let loop = EventLoop(name: "postgres-test")
    defer { loop.stop() }
    return try await body(loop)
}

/// A connection to a database of its own in the shared cluster.
func withConnection(_ body: (PostgresConnection) async throws -> Void) async throws {
    try await withDatabase { conninfo, loop in
        let connection = try await connect(conninfo, loop)
        try await body(connection)
        await connection.close()
    }
}

/// A database of its own in the shared cluster.
func withDatabase(_ body: (String, EventLoop) async throws -> Void) async throws {
    let conninfo = try PrivatePostgres.shared().freshDatabase()
    try await withLoop { try await body(conninfo, $0) }
}

func connect(_ conninfo: String, _ loop: EventLoop) async throws -> PostgresConnection {
    try await PostgresConnection.connect(conninfo, applicationName: "tests", on: loop, timeout: .seconds(20))
}

/// The failure of `body`, or nil.
func failure(_ body: () async throws -> Void) async -> PostgresError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? PostgresError
    }
}
