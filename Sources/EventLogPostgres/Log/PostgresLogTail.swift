public import ChatApplication
public import ChatDomain
public import Reactor

/// The log's newest end: woken by hints, and looking by itself as a safety net. Confined to an event loop.
///
/// However many wait, one look at the head at a time serves them all.
public actor PostgresLogTail: LogTail {
    private nonisolated let loop: EventLoop
    /// The tail runs on its loop's thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let log: any EventLog
    private let seen: @Sendable (Position) -> Void
    private var recent: RecentEvents
    private var known = Position.start
    private var waiting: [UInt64: Waiter] = [:]
    private var lastWaiter: UInt64 = 0
    private var poll: LoopTimer?
    private var pause = LogLimits.activePoll
    private var looking = false

    private struct Waiter {
        let after: Position
        let continuation: CheckedContinuation<Void, Never>
        let timer: LoopTimer
    }

    /// A tail of a log, that keeps so many bytes of what was read for the next reader of the same; `seen` is told how
    /// far anybody has read, before they have it.
    public init(
        _ log: any EventLog, on loop: EventLoop, keeping bytes: Int = 0,
        seen: @escaping @Sendable (Position) -> Void = { _ in }
    ) {
        self.log = log
        self.loop = loop
        self.seen = seen
        recent = RecentEvents(bytes: bytes)
    }

    /// Says that the log has reached this position.
    public func hint(_ head: Position) {
        reach(head)
    }

    /// The events after a position as soon as there are any; waits at most `timeout`, then gives none.
    public func next(
        after: Position, limit: Int, timeout: Duration
    ) async throws(EventLogError) -> [RecordedEvent] {
        let deadline = ContinuousClock.now + timeout
        while true {
            if let events = recent.page(after: after, limit: limit) { return events }
            let events = try await log.read(after: after, upTo: nil, limit: limit)
            if let last = events.last {
                seen(last.position)
                recent.add(events)
                reach(last.position)
                return events
            }
            // A hint that the log does not bear out must not make this spin.
            if known > after { known = after }
            let left = deadline - ContinuousClock.now
            guard left > .zero, !Task.isCancelled else { return [] }
            await wait(beyond: after, atMost: left)
            if Task.isCancelled { return [] }
        }
    }

    private func reach(_ head: Position) {
        guard head > known else { return }
        known = head
        pause = LogLimits.activePoll
        for (id, waiter) in waiting where waiter.after < head { release(id) }
    }

    private func wait(beyond after: Position, atMost limit: Duration) async {
        lastWaiter += 1
        let id = lastWaiter
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard known <= after, !Task.isCancelled else { return continuation.resume() }
                let timer = loop.schedule(after: limit) { [weak self] in self?.assumeIsolated { $0.release(id) } }
                waiting[id] = Waiter(after: after, continuation: continuation, timer: timer)
                schedulePoll()
            }
        } onCancel: {
            // Never inline: the runtime calls this under a lock of the task.
            loop.execute { self.assumeIsolated { $0.release(id) } }
        }
    }

    private func release(_ id: UInt64) {
        guard let waiter = waiting.removeValue(forKey: id) else { return }
        waiter.timer.cancel()
        waiter.continuation.resume()
        if waiting.isEmpty {
            poll?.cancel()
            poll = nil
        }
    }

    private func schedulePoll() {
        guard poll == nil, !looking, !waiting.isEmpty else { return }
        poll = loop.schedule(after: pause) { [weak self] in
            guard let self else { return }
            assumeIsolated { $0.poll = nil }
            Task(executorPreference: loop) { await self.look() }
        }
    }

    private func look() async {
        guard !looking else { return }
        looking = true
        pause = min(pause * 2, LogLimits.idlePoll)
        // While the log cannot be read, the waiters wait on; their own reads will say why.
        let head = try? await log.head()
        looking = false
        if let head { reach(head) }
        schedulePoll()
    }
}
