import ChatApplication
public import ChatDomain
public import PostgresClient
public import Reactor

/// Knows how far the live tables of each projection are, and lets queries wait for a position.
///
/// It asks the database only while somebody waits, for all of them together.
public actor ProjectionWatch {
    /// Between two looks while somebody waits.
    public static let interval: Duration = .milliseconds(3)
    /// How long a query waits before it is answered that the service is not available.
    public static let patience: Duration = .seconds(5)

    private struct Waiter {
        var projections: [String]
        var position: Position
        var continuation: CheckedContinuation<Bool, Never>
        var deadline: ContinuousClock.Instant
    }

    /// The loop of the watch.
    public nonisolated let loop: EventLoop
    private let pool: PostgresPool
    private let awaits: @Sendable (Position) -> Void
    private var known: [String: Position] = [:]
    private var waiters: [Waiter] = []
    private var isPolling = false

    /// The loop that owns it.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// A watch over a database. `awaits` is told, on the loop, for which position somebody waits, so that whoever folds
    /// does not rest before it.
    public init(
        loop: EventLoop, pool: PostgresPool, awaits: @escaping @Sendable (Position) -> Void = { _ in }
    ) {
        self.loop = loop
        self.pool = pool
        self.awaits = awaits
    }

    /// Says that a projection has reached a position; whoever waited for it goes on.
    public func reached(_ projection: String, _ position: Position) {
        known[projection] = max(known[projection] ?? .start, position)
        release()
    }

    /// What was reached in another life of the log may not have been in this one.
    public func forget() { known = [:] }

    /// Waits until all of these have reached a position. Throws `unavailable` if they take too long.
    func wait(for projections: [String], atLeast position: Position) async throws(EventLogError) {
        if has(projections, position) { return }
        awaits(position)
        let isThere = await withCheckedContinuation { continuation in
            waiters.append(
                Waiter(
                    projections: projections, position: position, continuation: continuation,
                    deadline: .now + Self.patience))
            if !isPolling {
                isPolling = true
                Task(executorPreference: loop) { await self.poll() }
            }
        }
        guard isThere else { throw .unavailable("the read tables are behind the log") }
    }

    private func has(_ projections: [String], _ position: Position) -> Bool {
        projections.allSatisfy { known[$0] ?? .start >= position }
    }

    private func poll() async {
        while !waiters.isEmpty {
            await look()
            release()
            if !waiters.isEmpty { await loop.sleep(for: Self.interval) }
        }
        isPolling = false
    }

    private func look() async {
        let result = try? await pool.answer(
            "select projection, position from chat_read.projections where live", [])
        guard let result else { return await loop.sleep(for: .milliseconds(50)) }
        for row in 0..<result.rowCount {
            guard let name = result.text(row, 0), let position = result.int(row, 1) else { continue }
            known[name] = Position(position)
        }
    }

    private func release() {
        let now = ContinuousClock.now
        var kept: [Waiter] = []
        for waiter in waiters {
            if has(waiter.projections, waiter.position) {
                waiter.continuation.resume(returning: true)
            } else if waiter.deadline <= now {
                waiter.continuation.resume(returning: false)
            } else {
                kept.append(waiter)
            }
        }
        waiters = kept
    }
}
