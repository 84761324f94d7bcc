public import Reactor

/// A bounded number of connections, lent to one caller at a time. Confined to an event loop.
///
/// Connections are opened when they are needed and kept. One that breaks, or comes back with a transaction open, is
/// replaced; after a failed connect the pool pauses, longer each time, up to `PostgresLimits.longestBackOff`.
public actor PostgresPool {
    /// The loop on which the pool and its connections live.
    public nonisolated let loop: EventLoop
    /// The pool runs on its loop's thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let conninfo: String
    private let applicationName: String
    private let size: Int
    private let waitLimit: Duration
    private let connectTimeout: Duration
    private let onConnect: @Sendable (PostgresConnection) async throws -> Void

    private var idle: [PostgresConnection] = []
    /// Connections that are idle, lent, or being opened.
    private var connections = 0
    private var waiting = Fifo<Waiter>()
    private var lastWaiter: UInt64 = 0
    private var backOff = PostgresLimits.firstBackOff
    private var pause: LoopTimer?
    private var lastFailure: PostgresError?
    private var closed = false

    private typealias Lease = Result<PostgresConnection, PostgresError>

    private struct Waiter {
        let id: UInt64
        let continuation: CheckedContinuation<Lease, Never>
        let timer: LoopTimer
    }

    /// Makes an empty pool. The first connection is opened for the first caller.
    ///
    /// - Parameters:
    ///   - size: the most connections that are open at a time.
    ///   - waitLimit: how long a caller waits for a connection before `timedOut`.
    ///   - connectTimeout: how long one attempt to connect may take.
    ///   - onConnect: prepares each new connection, as with `SET ROLE`; when it throws, the connection is given up.
    public init(
        _ conninfo: String, applicationName: String, size: Int, on loop: EventLoop,
        waitLimit: Duration = .seconds(5), connectTimeout: Duration = .seconds(5),
        onConnect: @escaping @Sendable (PostgresConnection) async throws -> Void = { _ in }
    ) {
        precondition(size > 0, "a pool of no connections serves nobody")
        self.conninfo = conninfo
        self.applicationName = applicationName
        self.size = size
        self.loop = loop
        self.waitLimit = waitLimit
        self.connectTimeout = connectTimeout
        self.onConnect = onConnect
    }

    /// Lends a connection to `body`, which runs on the caller's executor and has it for itself.
    ///
    /// - Throws: what `body` threw; `timedOut` when no connection came free in time, with the last failure to connect in
    ///   its message; `overloaded` when too many wait; `closed`.
    public nonisolated func withConnection<Value>(
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await lease()
        do {
            let value = try await body(connection)
            await giveBack(connection)
            return value
        } catch {
            await giveBack(connection)
            throw error
        }
    }

    /// Lends a connection to a transaction, as `PostgresConnection.transaction(begin:_:)`.
    public nonisolated func transaction<Value>(
        begin: String = "BEGIN", _ body: (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        try await withConnection { try await $0.transaction(begin: begin, body) }
    }

    /// Closes the idle connections, refuses new callers, and closes each lent connection when it comes back.
    public func close() async {
        closed = true
        pause?.cancel()
        pause = nil
        for waiter in waiting.all { settle(waiter, .failure(PostgresError(.closed, "the pool was closed"))) }
        waiting = Fifo()
        let rest = idle
        idle = []
        connections -= rest.count
        for connection in rest { await connection.close() }
    }

    // MARK: Lending

    private func lease() async throws(PostgresError) -> PostgresConnection {
        lastWaiter += 1
        let id = lastWaiter
        let loop = loop
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Lease, Never>) in
                // Looked at here, and not before: the task may have been suspended on its way to this body.
                if let outcome = outcomeAtOnce(cancelled: Task.isCancelled) {
                    return continuation.resume(returning: outcome)
                }
                let timer = loop.schedule(after: waitLimit) { self.assumeIsolated { $0.expire(id) } }
                waiting.append(Waiter(id: id, continuation: continuation, timer: timer))
                openIfNeeded()
            }
        } onCancel: {
            loop.execute {
                self.assumeIsolated { $0.giveUp(id, PostgresError(.cancelled, "the task was cancelled")) }
            }
        }
        return try outcome.get()
    }

    /// What a caller gets without waiting.
    private func outcomeAtOnce(cancelled: Bool) -> Lease? {
        if closed { return .failure(PostgresError(.closed, "the pool was closed")) }
        if cancelled { return .failure(PostgresError(.cancelled, "the task was cancelled")) }
        if let connection = idle.popLast() { return .success(connection) }
        guard waiting.count < PostgresLimits.waitingOnPool else {
            return .failure(PostgresError(.overloaded, "too many callers wait for a connection"))
        }
        return nil
    }

    private func expire(_ id: UInt64) {
        let cause = lastFailure.map { "; the last attempt to connect: \($0)" } ?? ""
        giveUp(id, PostgresError(.timedOut, "no connection within \(waitLimit)\(cause)"))
    }

    private func giveUp(_ id: UInt64, _ error: PostgresError) {
        if let waiter = waiting.remove({ $0.id == id }) { settle(waiter, .failure(error)) }
    }

    private func settle(_ waiter: Waiter, _ outcome: Lease) {
        waiter.timer.cancel()
        waiter.continuation.resume(returning: outcome)
    }

    private func giveBack(_ connection: PostgresConnection) async {
        if await connection.isIdle && !closed { return offer(connection) }
        await connection.close()
        connections -= 1
        openIfNeeded()
    }

    private func offer(_ connection: PostgresConnection) {
        guard let waiter = waiting.first else { return idle.append(connection) }
        waiting.removeFirst()
        settle(waiter, .success(connection))
    }

    // MARK: Opening

    /// Opens as many connections as there are callers waiting, within the pool's size. None during a pause.
    private func openIfNeeded() {
        guard !closed && pause == nil else { return }
        var wanted = waiting.count - opening
        while wanted > 0 && connections < size {
            wanted -= 1
            connections += 1
            opening += 1
            Task(executorPreference: loop) { await self.open() }
        }
    }

    private var opening = 0
    /// The host that was connected to last is tried first: another may be silent, which takes time to find out.
    private var lastHost = 0

    private func open() async {
        do {
            let connection = try await PostgresConnection.connect(
                conninfo, applicationName: applicationName, on: loop, first: lastHost, timeout: connectTimeout)
            try await prepare(connection)
            lastHost = connection.hostNumber
            opening -= 1
            backOff = PostgresLimits.firstBackOff
            lastFailure = nil
            await connection.onLost { [weak self, weak connection] _ in
                guard let self, let connection else { return }
                self.assumeIsolated { $0.forget(connection) }
            }
            await giveBack(connection)
        } catch {
            opening -= 1
            connections -= 1
            lastFailure = error as? PostgresError ?? PostgresError(.connectionFailed, "the new connection was refused")
            pauseThenRetry()
        }
    }

    private func prepare(_ connection: PostgresConnection) async throws {
        do {
            try await onConnect(connection)
        } catch {
            await connection.close()
            throw error
        }
    }

    private func pauseThenRetry() {
        guard pause == nil && !closed else { return }
        pause = loop.schedule(after: backOff) {
            self.pause = nil
            self.openIfNeeded()
        }
        backOff = min(backOff * 2, PostgresLimits.longestBackOff)
    }

    /// An idle connection broke. A lent one is dropped when it comes back.
    private func forget(_ connection: PostgresConnection) {
        guard let index = idle.firstIndex(where: { $0 === connection }) else { return }
        idle.remove(at: index)
        connections -= 1
        openIfNeeded()
    }
}
