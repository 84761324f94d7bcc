public import Reactor

/// What a statement can be sent through: a connection, or the transaction that holds it.
public protocol PostgresSession: Sendable {
    /// Runs one statement with parameters and returns its rows.
    func query(_ sql: String, _ parameters: [PostgresValue], timeout: Duration?) async throws(PostgresError)
        -> PostgresResult
}

extension PostgresSession {
    /// Runs one statement with parameters and returns its rows, without a time limit.
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws(PostgresError) -> PostgresResult {
        try await query(sql, parameters, timeout: nil)
    }
}

/// One connection to PostgreSQL, confined to an event loop.
///
/// Queries of several callers are in flight together (libpq's pipeline mode) and are answered in the order in which
/// they came; each is a transaction of its own, so the failure of one leaves its neighbours alone. When the connection
/// breaks, each waiting caller gets `connectionLost`. Every method may be called from any task; it runs on the loop.
public actor PostgresConnection: PostgresSession {
    /// The loop on which the connection lives.
    public nonisolated let loop: EventLoop
    /// The connection runs on its loop's thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    var handle: LibPQ?
    var queue = RequestQueue<Request>(inFlightLimit: PostgresLimits.inFlight)
    var watch: FileWatch?
    /// Who waits for the connection to be made, and for how long.
    var opening: CheckedContinuation<Result<Void, PostgresError>, Never>?
    var openingTimer: LoopTimer?
    private var statements = StatementCache(limit: PostgresLimits.preparedStatements)
    private var lastIdentifier: UInt64 = 0
    /// Resumed by the next event on the socket, or by the end of the connection: false.
    private var pulse: CheckedContinuation<Bool, Never>?
    var inExclusive = false
    /// Why the connection has ended.
    var loss: PostgresError?
    private var lostHandlers: [@Sendable (PostgresError) -> Void] = []
    private var notificationHandler: (@Sendable (String, String) -> Void)?

    /// Which of the hosts of its connection string it leads to.
    nonisolated let hostNumber: Int

    private init(loop: EventLoop, hostNumber: Int) {
        self.loop = loop
        self.hostNumber = hostNumber
    }

    isolated deinit {
        watch?.cancel()
        handle?.finish()
    }

    // MARK: Opening and closing

    /// Connects.
    ///
    /// - Parameters:
    ///   - conninfo: a libpq connection URI or keyword string; several hosts and `target_session_attrs` are honoured.
    ///     Names of hosts are resolved on the loop's thread, which waits for them: prefer addresses or sockets.
    ///   - applicationName: what `pg_stat_activity` shows.
    ///   - first: the number of the host that is tried first; the others follow in their order.
    ///   - timeout: for all hosts together, each of which has an equal part: one that is silent must leave time for
    ///     the next.
    public static func connect(
        _ conninfo: String, applicationName: String, on loop: EventLoop, first: Int = 0, timeout: Duration
    ) async throws(PostgresError) -> PostgresConnection {
        let hosts = try LibPQ.hosts(in: conninfo)
        var failures: [PostgresError] = []
        for number in hosts.indices.map({ ($0 + first) % hosts.count }) {
            let connection = PostgresConnection(loop: loop, hostNumber: number)
            do throws(PostgresError) {
                try await connection.open(conninfo, hosts[number], applicationName, timeout / hosts.count)
                return connection
            } catch {
                guard error.code == .connectionFailed else { throw error }
                failures.append(error)
            }
        }
        guard failures.count > 1 else { throw failures[0] }
        throw PostgresError(.connectionFailed, failures.map(\.message).joined(separator: "; "))
    }

    /// Whether requests can be sent.
    public var isOpen: Bool { handle != nil && loss == nil }

    /// Whether nothing is queued, in flight or held, and no transaction is open: fit for the next user.
    public var isIdle: Bool { isOpen && queue.isIdle && handle?.isOutsideTransaction == true }

    /// The server's process that serves this connection, as in `pg_stat_activity`; 0 when closed.
    public var serverProcess: Int32 { handle?.serverProcess ?? 0 }

    /// Closes the connection. Callers that still wait get `closed`. Repeatable.
    public func close() {
        lose(PostgresError(.closed, "the connection was closed"))
    }

    /// Calls `handler` once, on the loop, when the connection ends, also while idle, and also if it has ended already.
    public func onLost(_ handler: @escaping @Sendable (PostgresError) -> Void) {
        if let loss { handler(loss) } else { lostHandlers.append(handler) }
    }

    /// Calls `handler` on the loop with channel and payload of each notification, after a `LISTEN`.
    public func onNotification(_ handler: @escaping @Sendable (_ channel: String, _ payload: String) -> Void) {
        notificationHandler = handler
    }

    // MARK: Requests

    /// Runs one statement with parameters; rows come in binary.
    ///
    /// The statement is prepared at its first use and kept for the next one (at most
    /// `PostgresLimits.preparedStatements`).
    /// - Parameter timeout: how long to wait for the answer. When it runs out, the server may still run the statement,
    ///   and the queries behind wait for it: set `statement_timeout` too where that matters.
    public func query(
        _ sql: String, _ parameters: [PostgresValue] = [], timeout: Duration? = nil
    ) async throws(PostgresError) -> PostgresResult {
        try await query(sql, parameters, timeout: timeout, holder: nil)
    }

    func query(
        _ sql: String, _ parameters: [PostgresValue], timeout: Duration?, holder: UInt64?
    ) async throws(PostgresError) -> PostgresResult {
        guard parameters.count <= 65535 else {
            throw PostgresError(.protocolViolation, "a statement takes at most 65535 parameters")
        }
        let block = ParameterBlock(parameters)
        let request = newRequest(.query(StatementCache.Key(sql: sql, types: block.types), block))
        return try await perform(request, .ordinary, timeout: timeout, holder: holder)
    }

    func newRequest(_ work: Request.Work) -> Request {
        lastIdentifier += 1
        return Request(id: lastIdentifier, work: work)
    }

    /// Queues a request and waits for its outcome, its time limit, its task's cancellation, or the connection's end.
    func perform(
        _ request: Request, _ kind: RequestQueue<Request>.Kind, timeout: Duration?, holder: UInt64?,
        uncancellable: Bool = false
    ) async throws(PostgresError) -> PostgresResult {
        let (id, loop) = (request.id, loop)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Outcome, Never>) in
                // Looked at here, and not before: the task may have been suspended on its way to this body.
                if let refusal = refusal(holder: holder, cancelled: Task.isCancelled && !uncancellable) {
                    return continuation.resume(returning: .failure(refusal))
                }
                let timer = timeout.map { limit in
                    loop.schedule(after: limit) { [weak self] in
                        self?.assumeIsolated {
                            $0.abandon(id, PostgresError(.timedOut, "no answer within \(limit)"))
                        }
                    }
                }
                request.wait(continuation, timer: timer)
                queue.submit(id, kind, request, holder: holder)
                advance()
            }
        } onCancel: {
            // Never inline: the runtime calls this under a lock of the task.
            if uncancellable { return }
            loop.execute { self.assumeIsolated { $0.abandon(id, PostgresError(.cancelled, "the task was cancelled")) } }
        }
        return try outcome.get()
    }

    /// Why no request is taken now.
    private func refusal(holder: UInt64?, cancelled: Bool) -> PostgresError? {
        if let loss { return loss.code == .closed ? loss : PostgresError(.connectionLost, loss.message) }
        if cancelled { return PostgresError(.cancelled, "the task was cancelled") }
        if let holder, !queue.isHeld(by: holder) {
            return PostgresError(.protocolViolation, "the transaction has ended")
        }
        guard queue.waitingCount < PostgresLimits.waitingOnConnection else {
            return PostgresError(.overloaded, "too many requests wait for the connection")
        }
        return nil
    }

    /// Stops waiting. A request that was sent stays in flight, and its answer is dropped.
    private func abandon(_ id: UInt64, _ error: PostgresError) {
        if let request = queue.withdraw(id) {
            request.resume(.failure(error))
            advance()
        } else {
            queue.inFlight(id)?.resume(.failure(error))
        }
    }

    /// Sends what may be sent now.
    func advance() {
        guard let handle else { return }
        while let step = queue.nextStep() {
            switch step {
            case .send(let request):
                guard send(request, through: handle) else { return breakOff() }
            case .startExclusive(let request):
                guard handle.exitPipeline() else { return breakOff() }
                inExclusive = true
                watch?.setInterest([])
                request.resume(.success(PostgresResult()))
            case .grantHold(let request):
                request.resume(.success(PostgresResult()))
            }
        }
        if !inExclusive { flush() }
    }

    private func send(_ request: Request, through handle: LibPQ) -> Bool {
        switch request.work {
        case .turn: return true
        case .deallocate(let name):
            return handle.sendUnprepared("DEALLOCATE \(name)", ParameterBlock([])) && handle.sendSync()
        case .query(let key, let parameters):
            switch statements.plan(key) {
            case .usePrepared(let name):
                return handle.sendPrepared(name, parameters) && handle.sendSync()
            case .sendUnprepared:
                return handle.sendUnprepared(key.sql, parameters) && handle.sendSync()
            case .prepare(let name, let evicted):
                if let evicted {
                    let eviction = newRequest(.deallocate(evicted))
                    queue.submit(eviction.id, .ordinary, eviction)
                }
                request.awaitsPreparation = true
                return handle.sendPrepare(name, key.sql, types: key.types) && handle.sendPrepared(name, parameters)
                    && handle.sendSync()
            }
        }
    }

    // MARK: The socket

    private func flush() {
        guard let handle else { return }
        switch handle.flush() {
        case 0: watch?.setInterest(.read)
        case 1: watch?.setInterest([.read, .write])
        default: breakOff()
        }
    }

    func socketIsReady(_ events: FileEvents) {
        guard let handle else { return }
        // The server may be unable to read on before we have read: take input whatever the event was.
        guard handle.consumeInput() else {
            takeReplies(handle)
            return breakOff()
        }
        if inExclusive {
            // No more until it is asked for: the waiter may need a moment to get back to this thread.
            watch?.setInterest([])
            return beat(true)
        }
        takeReplies(handle)
        takeNotifications(handle)
        if handle.isBroken { breakOff() } else { advance() }
    }

    private func takeReplies(_ handle: LibPQ) {
        var ends = 0
        while !inExclusive, let request = queue.oldestInFlight {
            guard !handle.isBusy else { return }
            // Nil only ends one statement's messages: the sync ends the request's.
            guard let reply = handle.take() else {
                ends += 1
                // A request has two statements at most; libpq that has no more to give has lost count of ours.
                if handle.isBroken || ends > 3 { return breakOff() }
                continue
            }
            ends = 0
            if case .synced = reply {
                finish(request)
            } else {
                note(reply, of: request)
            }
        }
        if !inExclusive && queue.oldestInFlight == nil { _ = handle.isBusy }
    }

    private func note(_ reply: Reply, of request: Request) {
        if request.awaitsPreparation, case .query(let key, _) = request.work {
            request.awaitsPreparation = false
            if case .completed = reply { return statements.confirm(key) }
            statements.forget(key)
        }
        request.take(reply)
    }

    private func finish(_ request: Request) {
        queue.finishOldest()
        if case .query(let key, _) = request.work, let state = request.failureSoFar?.sqlState {
            // The plan's result type has changed, or somebody deallocated it: prepare anew next time.
            if state == "0A000" || state == "26000" { statements.forget(key) }
        }
        request.resume(request.outcome)
    }

    private func takeNotifications(_ handle: LibPQ) {
        while let notification = handle.takeNotification() {
            notificationHandler?(notification.channel, notification.payload)
        }
    }

    private func breakOff() {
        guard let handle else { return }
        let cause = queue.oldestInFlight?.failureSoFar
        lose(PostgresError(.connectionLost, cause?.message ?? handle.lastMessage, sqlState: cause?.sqlState))
    }

    /// Ends the connection and tells everyone who waits for it.
    func lose(_ error: PostgresError) {
        guard loss == nil else { return }
        loss = error
        watch?.cancel()
        watch = nil
        handle?.finish()
        handle = nil
        beat(false)
        endOpening(.failure(error))
        for request in queue.abandonAll() { request.resume(.failure(error)) }
        let handlers = lostHandlers
        lostHandlers = []
        for handler in handlers { handler(error) }
    }

    // MARK: Waiting for the socket, while a request has the connection for itself

    private func beat(_ alive: Bool) {
        let waiter = pulse
        pulse = nil
        waiter?.resume(returning: alive)
    }

    /// Waits until the socket has something. Only one waiter: the exclusive request.
    func waitForSocket(_ events: FileEvents) async throws(PostgresError) {
        let alive = await withCheckedContinuation { continuation in
            // Interest and waiter begin together, so that no event finds nobody.
            guard let watch else { return continuation.resume(returning: false) }
            pulse = continuation
            watch.setInterest(events)
        }
        guard alive, handle != nil else {
            throw loss ?? PostgresError(.connectionLost, "the connection has ended")
        }
    }

    /// Goes back to pipeline mode and to the requests that waited.
    func endExclusive(_ id: UInt64) {
        queue.finishExclusive(id)
        guard inExclusive, let handle else { return }
        inExclusive = false
        guard handle.enterPipeline() else { return breakOff() }
        advance()
    }
}
