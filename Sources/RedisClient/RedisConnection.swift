public import Reactor

/// A connection to Redis, pinned to a loop: calls from that loop do not leave its thread.
///
/// Any number of commands may be in flight; they are sent in the order of the calls and answered in the same order.
/// Each has a deadline. A Redis that misses one is taken for lost: the command fails with ``RedisError/Code/timeout``,
/// the connection ends, and whatever else waits fails with ``RedisError/Code/connectionLost``, once each. Cancelling a
/// task does not call back what it sent.
///
/// It lives until ``close()`` or until it is lost, and does not connect again by itself.
public actor RedisConnection {
    /// The time within which a command is answered, where the caller names none.
    public static let defaultCommandTimeout: Duration = .seconds(5)
    /// The most commands without an answer; beyond it commands are refused as ``RedisError/Code/overloaded``.
    public static let maximumPendingCommands = 32_768
    /// The most bytes of commands without an answer; beyond it commands are refused likewise.
    public static let maximumPendingBytes = 64 * 1024 * 1024

    /// The loop that the connection belongs to.
    public nonisolated let loop: EventLoop
    /// The executor is the loop.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    nonisolated let commandTimeout: Duration
    private let onLost: @Sendable (RedisError) -> Void
    private var hiredis: Hiredis?
    private var pending = PendingReplies()
    private var subscriptions: [[UInt8]: @Sendable ([UInt8]) -> Void] = [:]
    /// From the first packet until Redis has let us in.
    private var isOpening = false
    private var ending: RedisError?
    private var timer: LoopTimer?
    private var timerDeadline: ContinuousClock.Instant?

    private init(loop: EventLoop, commandTimeout: Duration, onLost: @escaping @Sendable (RedisError) -> Void) {
        self.loop = loop
        self.commandTimeout = commandTimeout
        self.onLost = onLost
    }

    /// Connects, is let in, and selects the database.
    /// - Parameters:
    ///   - timeout: for all of that, with each address of the host.
    ///   - onLost: called once, on the loop, when the connection breaks after it stood, idle or not; not by ``close()``.
    /// - Throws: ``RedisError/Code/cannotConnect``, ``RedisError/Code/timeout``, or ``RedisError/Code/refused`` by a
    ///   Redis that does not know the password or is still loading.
    public static func connect(
        _ address: RedisAddress, on loop: EventLoop, timeout: Duration,
        commandTimeout: Duration = defaultCommandTimeout, onLost: @escaping @Sendable (RedisError) -> Void = { _ in }
    ) async throws(RedisError) -> RedisConnection {
        var failure = RedisError(.cannotConnect)
        for endpoint in try await endpoints(address) {
            let connection = RedisConnection(loop: loop, commandTimeout: commandTimeout, onLost: onLost)
            do throws(RedisError) {
                try await connection.open(endpoint, address.handshake, timeout)
                return connection
            } catch {
                failure = error
                if error.code == .refused { break }
            }
        }
        throw failure
    }

    /// Sends a command and waits for its reply; an error of Redis is a reply too.
    /// - Parameter timeout: the command's own, else that of the connection.
    public func send(
        _ command: [RedisArgument], timeout: Duration? = nil
    ) async throws(RedisError) -> RedisReply {
        try await exchange(try EncodedCommands([command]), timeout)[0]
    }

    /// Sends commands in one piece and waits for all their replies: one suspension however many there are. An error
    /// of Redis is a reply too, and keeps none of the others from being done.
    /// - Parameter timeout: for the whole, else that of the connection.
    public func pipeline(
        _ commands: [[RedisArgument]], timeout: Duration? = nil
    ) async throws(RedisError) -> [RedisReply] {
        if commands.isEmpty { return [] }
        return try await exchange(try EncodedCommands(commands), timeout)
    }

    /// Subscribes to a channel and returns once Redis confirms it. From then on the connection takes no command but
    /// this one.
    /// - Parameter handler: called with each message, on the loop; one for each channel.
    public func subscribe(
        _ channel: String, handler: @escaping @Sendable ([UInt8]) -> Void
    ) async throws(RedisError) {
        let key = Array(channel.utf8)
        let command = EncodedCommands(subscribingTo: channel)
        let answer = await answer(to: command, commandTimeout) { hiredis throws(RedisError) in
            guard subscriptions[key] == nil else { throw RedisError(.unsupported, "subscribed already") }
            // Commands are answered by position, what is published by name: the two are never mixed.
            guard pending.commands == 0 || !subscriptions.isEmpty else {
                throw RedisError(.unsupported, "commands wait")
            }
            subscriptions[key] = handler
            hiredis.subscribe(command)
        }
        _ = try answer.get()
    }

    /// Ends the connection: what waits fails with ``RedisError/Code/closed``. Does nothing the second time.
    public func close() {
        end(RedisError(.closed))
    }

    /// Whether commands can be sent.
    public var isOpen: Bool { ending == nil && hiredis != nil }
}

// MARK: - Sending

extension RedisConnection {
    private static func endpoints(_ address: RedisAddress) async throws(RedisError) -> [RedisAddress.Endpoint] {
        guard case .tcp(let host, let port) = address.endpoint else { return [address.endpoint] }
        return try await HostResolver.addresses(of: host).map { .tcp(host: $0, port: port) }
    }

    private func open(
        _ endpoint: RedisAddress.Endpoint, _ handshake: [[RedisArgument]], _ timeout: Duration
    ) async throws(RedisError) {
        hiredis = try Hiredis(endpoint, loop: loop) { self.ready($0) }
        isOpening = true
        do throws(RedisError) {
            for reply in try await pipeline(handshake, timeout: timeout) { _ = try reply.accepted() }
            // It may have been lost since the last reply, and then nobody was told yet.
            if let ending { throw ending }
            isOpening = false
        } catch {
            let cause = ending
            close()
            throw error.code == .connectionLost ? RedisError(.cannotConnect, cause?.detail ?? "") : error
        }
    }

    private func exchange(
        _ commands: EncodedCommands, _ timeout: Duration?
    ) async throws(RedisError) -> [RedisReply] {
        let answer = await answer(to: commands, timeout ?? commandTimeout) { hiredis throws(RedisError) in
            guard subscriptions.isEmpty else { throw RedisError(.unsupported, "subscribed") }
            hiredis.send(commands)
        }
        return try answer.get()
    }

    /// Sends and queues the waiter in one step. Every check stands in it too: on the way to the continuation the task
    /// may be suspended, and a waiter that joined an ended connection would wait for ever.
    private func answer(
        to commands: EncodedCommands, _ timeout: Duration, _ send: (Hiredis) throws(RedisError) -> Void
    ) async -> PendingBatch.Answer {
        await withCheckedContinuation { continuation in
            do throws(RedisError) {
                try send(try admit(commands))
            } catch {
                return continuation.resume(returning: .failure(error))
            }
            let deadline = ContinuousClock.now + timeout
            pending.append(
                PendingBatch(
                    count: commands.sizes.count, size: commands.bytes.count, deadline: deadline, continuation))
            arm(deadline)
            takeEvents()
        }
    }

    /// Refuses what cannot be sent or would pile up.
    private func admit(_ commands: EncodedCommands) throws(RedisError) -> Hiredis {
        if let ending { throw ending.code == .closed ? ending : RedisError(.connectionLost, ending.detail) }
        guard let hiredis else { throw RedisError(.closed) }
        guard pending.commands + commands.sizes.count <= Self.maximumPendingCommands,
            pending.bytes + commands.bytes.count <= Self.maximumPendingBytes
        else { throw RedisError(.overloaded) }
        return hiredis
    }
}

// MARK: - What happens

extension RedisConnection {
    private func ready(_ events: FileEvents) {
        hiredis?.handle(events)
        takeEvents()
    }

    private func takeEvents() {
        guard let hiredis else { return }
        for event in hiredis.takeEvents() {
            switch event {
            case .connected: break
            case .reply(let reply): pending.take(reply)?.succeed()
            case .published(let reply): published(reply)
            case .lost(let error): end(error)
            }
        }
    }

    /// Redis confirms a subscription and delivers messages in arrays of three: kind, channel, and count or payload.
    private func published(_ reply: RedisReply) {
        guard case .array(let parts) = reply, parts.count == 3, case .bytes(let channel) = parts[1] else { return }
        switch parts[2] {
        case .bytes(let payload): subscriptions[channel]?(payload)
        default: pending.take(reply)?.succeed()
        }
    }

    /// The only end of a connection, whatever the cause; what waits is told exactly once.
    private func end(_ cause: RedisError) {
        guard ending == nil else { return }
        ending = cause
        let wasOpen = hiredis != nil && !isOpening
        let waiting = pending.removeAll()
        timer?.cancel()
        timer = nil
        subscriptions.removeAll()
        hiredis?.close()
        hiredis = nil
        let now = ContinuousClock.now
        for batch in waiting { batch.fail(Self.failure(cause, isLate: batch.deadline <= now)) }
        if wasOpen && cause.code != .closed { onLost(cause) }
    }

    private static func failure(_ cause: RedisError, isLate: Bool) -> RedisError {
        switch cause.code {
        case .closed: cause
        case .timeout where isLate: cause
        default: RedisError(.connectionLost, cause.detail)
        }
    }
}

// MARK: - Deadlines

extension RedisConnection {
    /// One timer for all: it stands at the earliest deadline there was, and looks again when it fires.
    private func arm(_ deadline: ContinuousClock.Instant) {
        if let timerDeadline, timerDeadline <= deadline { return }
        timer?.cancel()
        timerDeadline = deadline
        // A millisecond more, since timers have no finer precision and would fire just before.
        let duration = max(.zero, ContinuousClock.now.duration(to: deadline)) + .milliseconds(1)
        timer = loop.schedule(after: duration) { self.checkDeadlines() }
    }

    private func checkDeadlines() {
        timer = nil
        timerDeadline = nil
        guard let earliest = pending.earliestDeadline else { return }
        if earliest <= ContinuousClock.now { end(RedisError(.timeout)) } else { arm(earliest) }
    }
}
