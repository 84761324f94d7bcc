import Synchronization

/// A thread with a libevent loop, which is also an executor for actors and tasks.
///
/// What is confined to the loop (timers, watches, streams, actors whose `unownedExecutor` it is) is touched by its
/// thread only. The loop is held by its thread, so it lives until `stop()`; most loops live as long as the process.
///
/// Start tasks with the loop as executor preference, also those of its actors: a task without it resumes from every
/// continuation by way of the shared pool, which costs some 10 µs instead of 1.
///
/// A tick: take what other threads sent, run at most `jobsPerTick` jobs, flush the streams that were written to, then
/// deliver what is ready on descriptors and timers. So neither jobs nor sockets starve each other.
public final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    /// The name given to the thread, for people.
    public let name: String
    private let threadNumber = Atomic<UInt>(0)
    private let inbox = Lock(Inbox())
    private let wakeup: Wakeup
    private let base: EventBase

    // Confined to the loop's thread from here on; that is what makes the class Sendable.
    private var local = WorkQueue()
    private var incoming = WorkQueue()
    private var endOfTick: [any EndOfTick] = []
    /// What streams read into before they know how much there is.
    let readBuffer = ReadBuffer()
    private var sleepers: [ObjectIdentifier: Sleeper] = [:]

    /// Jobs run between two looks at the sockets. Beyond it, sockets are polled without waiting, then jobs go on.
    static let jobsPerTick = 256
    /// Ticks that a stopping loop gives to the jobs that are still queued. What remains after them is dropped.
    private static let ticksAfterStop = 4096

    /// Starts a thread of its own. The kernel shows the first 15 bytes of `name`; a thread of some `niceness` (nice(2))
    /// leaves the processors to others that want them.
    public init(name: String, niceness: Int32 = 0) {
        self.name = name
        base = EventBase()
        wakeup = Wakeup(base)
        let thread = Thread(name: name, niceness: niceness) { self.run() }
        inbox.withLock { $0.thread = thread }
    }

    /// Asks the loop to end, and waits for its thread. For tests and shutdown.
    ///
    /// Queued jobs are still run and sleepers are resumed; timers do not fire any more. Work sent after the end is
    /// dropped, so a task that needs this loop again never goes on. Any thread but the loop's own; repeatable.
    public func stop() {
        precondition(!isCurrent, "a loop cannot wait for its own end")
        let (thread, wake) = inbox.withLock { inbox in
            let thread = inbox.thread
            inbox.thread = nil
            inbox.stopping = true
            return (thread, inbox.takeSleep())
        }
        if wake { wakeup.signal() }
        thread?.join()
    }

    // MARK: Confinement

    /// Whether the calling thread is the loop's.
    public var isCurrent: Bool { threadNumber.load(ordering: .relaxed) == Thread.current }

    /// Stops the program unless the calling thread is the loop's. Stays on in release builds.
    public func preconditionCurrent() {
        precondition(isCurrent, "not on the thread of loop \(name)")
    }

    /// As `preconditionCurrent()`, but a loop that has ended belongs to whoever takes down what is left.
    func preconditionOwned() {
        precondition(isCurrent || inbox.withLock { $0.ended }, "not on the thread of loop \(name)")
    }

    // MARK: Executor

    /// Runs a task's job on the loop. Called by the runtime, on any thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        submit(.job(UnownedJob(job)))
    }

    /// The loop as the runtime refers to it. Unowned: whoever hands it out keeps the loop alive.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    /// The loop as the runtime refers to it. Unowned: whoever hands it out keeps the loop alive.
    public func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        unsafe UnownedTaskExecutor(ordinary: self)
    }

    /// Two loops never share a thread.
    public func isSameExclusiveExecutionContext(other: EventLoop) -> Bool { self === other }

    /// Called by the runtime to make sure of isolation.
    public func checkIsolated() { preconditionCurrent() }

    /// Called by the runtime to ask for isolation.
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// Runs `body` on the loop, after what this thread sent before. Any thread, also the loop's own.
    public func execute(_ body: @escaping @Sendable () -> Void) {
        submit(.body(body))
    }

    /// Queues work, and says whether it will be run: a loop that has ended takes none.
    @discardableResult
    private func submit(_ work: Work) -> Bool {
        if isCurrent {
            local.append(work)
            return true
        }
        let (taken, wake) = inbox.withLock { inbox in
            guard !inbox.ended else { return (false, false) }
            inbox.queue.append(work)
            return (true, inbox.takeSleep())
        }
        if wake { wakeup.signal() }
        return taken
    }

    // MARK: Timers and descriptors

    /// Runs `body` once, `duration` from now (milliseconds of precision), unless cancelled. Loop thread only.
    @discardableResult
    public func schedule(after duration: Duration, _ body: @escaping () -> Void) -> LoopTimer {
        preconditionCurrent()
        return LoopTimer(self, base: base, after: duration, body)
    }

    /// Watches a non-blocking descriptor that the caller owns. Begins with no interest. Loop thread only.
    public func watch(_ descriptor: Int32, _ body: @escaping (FileEvents) -> Void) -> FileWatch {
        preconditionCurrent()
        return FileWatch(self, base: base, descriptor: descriptor, body)
    }

    /// A standing event of a descriptor, not yet added. Loop thread only.
    func event(_ descriptor: Int32, _ kind: FileEvents, _ body: @escaping () -> Void) -> BaseEvent {
        preconditionCurrent()
        return BaseEvent(base, descriptor: descriptor, kind: kind) { _ in body() }
    }

    /// A standing event of a signal, not yet added. Only one loop of a process may have such. Loop thread only.
    func event(signal number: Int32, _ body: @escaping () -> Void) -> BaseEvent {
        preconditionCurrent()
        return BaseEvent(base, signal: number) { _ in body() }
    }

    /// Calls `work` once, when the jobs of this tick are done and before the loop polls. Loop thread only.
    func atEndOfTick(_ work: any EndOfTick) {
        preconditionCurrent()
        endOfTick.append(work)
    }

    /// Suspends the task for `duration`, or until it is cancelled, or until the loop ends. Any isolation.
    public func sleep(for duration: Duration) async {
        let sleeper = Sleeper()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let taken = submit(.body { self.begin(sleeper, duration, continuation) })
                if !taken { continuation.resume() }
            }
        } onCancel: {
            // Never inline: the runtime calls this under a lock of the task.
            submit(.body { self.end(sleeper) })
        }
    }

    private func begin(_ sleeper: Sleeper, _ duration: Duration, _ continuation: CheckedContinuation<Void, Never>) {
        guard !sleeper.ended && !draining else { return continuation.resume() }
        sleeper.continuation = continuation
        sleeper.timer = schedule(after: duration) { self.end(sleeper) }
        sleepers[ObjectIdentifier(sleeper)] = sleeper
    }

    private func end(_ sleeper: Sleeper) {
        sleeper.ended = true
        sleeper.timer?.cancel()
        sleeper.timer = nil
        sleepers[ObjectIdentifier(sleeper)] = nil
        sleeper.continuation?.resume()
        sleeper.continuation = nil
    }

    // MARK: The thread

    /// Set once the loop only runs out what is queued.
    private var draining = false

    private func run() {
        threadNumber.store(Thread.current, ordering: .relaxed)
        while !takeIncoming() { tick(mayWait: true) }
        drain()
        wakeup.cancel()
        threadNumber.store(0, ordering: .relaxed)
    }

    private func tick(mayWait: Bool) {
        runJobs()
        runEndOfTick()
        base.poll(wait: mayWait && local.isEmpty && endOfTick.isEmpty && inbox.withLock { $0.fallAsleep() })
    }

    /// Resumes the sleepers and runs what is queued, as far as it comes to an end.
    private func drain() {
        draining = true
        for sleeper in Array(sleepers.values) { end(sleeper) }
        for _ in 0..<EventLoop.ticksAfterStop {
            _ = takeIncoming()
            if local.isEmpty && endOfTick.isEmpty && inbox.withLock({ $0.endIfEmpty() }) { return }
            tick(mayWait: false)
        }
        inbox.withLock { $0.ended = true }
    }

    /// Takes over what other threads sent. Returns whether the loop is asked to stop.
    private func takeIncoming() -> Bool {
        let stopping = inbox.withLock { inbox in
            inbox.asleep = false
            swap(&inbox.queue, &incoming)
            return inbox.stopping
        }
        if !incoming.isEmpty { local.takeAll(of: &incoming) }
        return stopping
    }

    private func runJobs() {
        let serial = unsafe asUnownedSerialExecutor()
        let task = unsafe asUnownedTaskExecutor()
        for _ in 0..<EventLoop.jobsPerTick {
            switch local.popFirst() {
            case .job(let job): unsafe job.runSynchronously(isolatedTo: serial, taskExecutor: task)
            case .body(let body): body()
            case nil: return
            }
        }
    }

    private func runEndOfTick() {
        guard !endOfTick.isEmpty else { return }
        var works: [any EndOfTick] = []
        swap(&works, &endOfTick)
        for work in works { work.endOfTick() }
    }
}

/// Something that waits for the end of a tick, so that what happens in one tick is done at once.
protocol EndOfTick: AnyObject {
    func endOfTick()
}

/// What other threads leave for a loop.
private struct Inbox: Sendable {
    var queue = WorkQueue()
    var asleep = false
    var stopping = false
    var ended = false
    var thread: Thread?

    /// The loop is about to wait; refused if something came in meanwhile.
    mutating func fallAsleep() -> Bool {
        guard queue.isEmpty && !stopping else { return false }
        asleep = true
        return true
    }

    /// Ends it unless something has come in: what is taken is also run.
    mutating func endIfEmpty() -> Bool {
        ended = queue.isEmpty
        return ended
    }

    /// Whether the caller has to wake the loop: only the first one after it fell asleep does.
    mutating func takeSleep() -> Bool {
        defer { asleep = false }
        return asleep
    }
}

/// A task in `sleep(for:)`. Made by any thread, then confined to the loop.
private final class Sleeper: @unchecked Sendable {
    var ended = false
    var continuation: CheckedContinuation<Void, Never>?
    var timer: LoopTimer?
}
