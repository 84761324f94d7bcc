public import ChatApplication
public import ChatDomain
public import Reactor
import Synchronization

/// The log's newest end: woken by hints, and looking by itself as a safety net. Confined to an event loop, but for the
/// hints: what nobody waits for wakes no thread.
///
/// However many wait, one look at the head at a time serves them all.
public actor PostgresLogTail: LogTail {
    private nonisolated let loop: EventLoop
    /// The tail runs on its loop's thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let log: any EventLog
    private let seen: @Sendable (Position) -> Void
    private var recent: RecentEvents
    /// The head, and the last event that is more than talk.
    private nonisolated let head = SaidPosition()
    private nonisolated let awaited = SaidPosition()
    /// Where the log ended when it was last read.
    private var end: Position?
    private var waiting: [UInt64: Waiter] = [:]
    private var lastWaiter: UInt64 = 0
    private var poll: LoopTimer?
    private var pause = LogLimits.activePoll
    private var looking = false

    private struct Waiter {
        let goal: SaidPosition
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

    /// See `LogTail`.
    public nonisolated func hint(_ hint: LogHint) {
        let concernsReaders = head.raise(to: hint.head)
        let concernsResters = awaited.raise(to: hint.awaited)
        guard concernsReaders || concernsResters else { return }
        loop.execute { self.assumeIsolated { $0.wake() } }
    }

    /// What was said of another life of the log says nothing of this one.
    public nonisolated func forgetHints() {
        head.forget()
        awaited.forget()
    }

    /// The events after a position as soon as there are any; waits at most `timeout`, then gives none.
    public func next(
        after: Position, limit: Int, timeout: Duration
    ) async throws(EventLogError) -> [RecordedEvent] {
        let deadline = ContinuousClock.now + timeout
        // Whoever has just had the last event asks only when more is said, or found.
        if after == end { await wait(for: head, beyond: after, atMost: timeout) }
        if Task.isCancelled { return [] }
        while true {
            if let events = recent.page(after: after, limit: limit) { return events }
            let hinted = head.position
            let events = try await log.read(after: after, upTo: nil, limit: limit)
            if !LogPage.isFull(events, limit: limit) { end = events.last?.position ?? after }
            if let last = events.last {
                seen(last.position)
                recent.add(events)
                reach(last.position)
                return events
            }
            // A hint that the log does not bear out must not make this spin.
            if hinted > after { head.takeBack(hinted, to: after) }
            let left = deadline - ContinuousClock.now
            guard left > .zero, !Task.isCancelled else { return [] }
            await wait(for: head, beyond: after, atMost: left)
            if Task.isCancelled { return [] }
        }
    }

    /// See `LogTail`.
    public func rest(after: Position, atMost limit: Duration) async {
        await wait(for: awaited, beyond: after, atMost: limit)
    }

    private func reach(_ position: Position) {
        if head.raise(to: position) { wake() }
    }

    /// Lets go of those whom what was said concerns.
    private func wake() {
        pause = LogLimits.activePoll
        for (id, waiter) in waiting where waiter.after < waiter.goal.position { release(id) }
    }

    private func wait(for goal: SaidPosition, beyond after: Position, atMost limit: Duration) async {
        lastWaiter += 1
        let id = lastWaiter
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // Whoever says something from here on sees that somebody waits.
                goal.addWaiter()
                guard goal.position <= after, !Task.isCancelled else {
                    goal.removeWaiter()
                    return continuation.resume()
                }
                let timer = loop.schedule(after: limit) { [weak self] in self?.assumeIsolated { $0.release(id) } }
                waiting[id] = Waiter(goal: goal, after: after, continuation: continuation, timer: timer)
                schedulePoll()
            }
        } onCancel: {
            // Never inline: the runtime calls this under a lock of the task.
            loop.execute { self.assumeIsolated { $0.release(id) } }
        }
    }

    private func release(_ id: UInt64) {
        guard let waiter = waiting.removeValue(forKey: id) else { return }
        waiter.goal.removeWaiter()
        waiter.timer.cancel()
        waiter.continuation.resume()
        if !isPollWanted {
            poll?.cancel()
            poll = nil
        }
    }

    /// Who only rests waits for hints alone.
    private var isPollWanted: Bool { head.isAwaited }

    private func schedulePoll() {
        guard poll == nil, !looking, isPollWanted else { return }
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
        let found = try? await log.head()
        looking = false
        if let found { reach(found) }
        schedulePoll()
    }
}

/// How far hints say that the log has come, on any thread, and whether anybody waits for more. A hint raises, then looks
/// for waiters; a waiter says that it waits, then looks at what was said: one of them sees the other.
private final class SaidPosition: Sendable {
    private let value = Atomic<Int64>(0)
    private let waiters = Atomic<Int>(0)

    var position: Position { Position(value.load(ordering: .sequentiallyConsistent)) }

    var isAwaited: Bool { waiters.load(ordering: .sequentiallyConsistent) > 0 }

    /// Whether this is news that somebody waits for.
    func raise(to position: Position) -> Bool {
        let (before, after) = value.max(position.value, ordering: .sequentiallyConsistent)
        return before < after && isAwaited
    }

    /// Takes back what the log did not bear out, unless more was said since.
    func takeBack(_ said: Position, to position: Position) {
        _ = value.compareExchange(expected: said.value, desired: position.value, ordering: .sequentiallyConsistent)
    }

    func forget() { value.store(0, ordering: .sequentiallyConsistent) }

    func addWaiter() { waiters.add(1, ordering: .sequentiallyConsistent) }

    func removeWaiter() { waiters.subtract(1, ordering: .sequentiallyConsistent) }
}
