import ChatApplication
import Edge
import FanOutRedis
import JSONText
import Reactor

/// Whether the node can take logins, and what it lacks.
actor Health {
    /// After so many microseconds without an answer the database counts as gone: 5 s.
    private static let patience: Int64 = 5_000_000
    private let loop: EventLoop
    private let clock: SystemClock
    private let fanOut: RedisFanOut?
    private var answeredAt: Int64
    private var hasLease: @Sendable () -> Bool = { false }
    private let tables: ReadTables

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(loop: EventLoop, clock: SystemClock, fanOut: RedisFanOut?, tables: ReadTables) {
        self.tables = tables
        self.loop = loop
        self.clock = clock
        self.fanOut = fanOut
        answeredAt = clock.now()
    }

    func databaseAnswered() { answeredAt = clock.now() }

    /// Without a lease term, at the start and after it was declared lost, a node opens no sessions.
    func watch(lease hasLease: @escaping @Sendable () -> Bool) { self.hasLease = hasLease }

    /// 200 if it can; a node without Redis is ready, and says that it is degraded.
    func response() async -> HTTPResponse {
        let hasDatabase = clock.now() - answeredAt < Self.patience
        let hasRedis = await fanOut?.isReachable() ?? false
        var missing: [JSONValue] = []
        if !hasDatabase { missing.append("database") }
        if !hasLease() { missing.append("lease") }
        if !tables.follow { missing.append("projections") }
        let body: JSONValue = [
            "ready": .bool(missing.isEmpty), "missing": .array(missing), "degraded": hasRedis ? [] : ["redis"],
        ]
        return HTTPResponse(
            status: missing.isEmpty ? 200 : 503, contentType: "application/json", body: body.description + "\n")
    }
}
