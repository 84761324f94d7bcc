import ChatSessions

/// A loop of a simulated process. Its jobs run in their order, as a thread's do; when each runs is the seed's choice.
/// One that is dead runs nothing ever again; one that is paused gathers what comes.
final class SimulatedLoop: WorkerLoop, @unchecked Sendable {
    private enum Work {
        case job(UnownedJob)
        case body(@Sendable () -> Void)
    }

    let name: String
    let timeline: Timeline
    private(set) var number = 0
    private var queue: [Work] = []
    private var head = 0
    private(set) var isDead = false
    private var pausedUntil: Int64 = 0

    init(_ name: String, on timeline: Timeline) {
        self.name = name
        self.timeline = timeline
        number = timeline.add(self)
    }

    // MARK: the timeline's side

    private var isIdle: Bool { head == queue.count }

    func isRunnable(at time: Int64) -> Bool { head < queue.count && pausedUntil <= time }

    /// When a loop that is paused goes on with what waits.
    var wakesAt: Int64? { !isIdle && pausedUntil > timeline.time ? pausedUntil : nil }

    func runFirst() {
        let work = queue[head]
        head += 1
        if head > 32, head * 2 > queue.count {
            queue.removeFirst(head)
            head = 0
        }
        switch work {
        case .body(let body): body()
        case .job(let job):
            unsafe job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
    }

    /// Nothing of it ever runs again: its tasks stay where they are.
    func die() {
        isDead = true
        queue = []
        head = 0
    }

    func pause(until time: Int64) { pausedUntil = time }

    private func append(_ work: Work) {
        if !isDead { queue.append(work) }
    }

    // MARK: the executor

    func enqueue(_ job: consuming ExecutorJob) { append(.job(UnownedJob(job))) }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

    func asUnownedTaskExecutor() -> UnownedTaskExecutor { unsafe UnownedTaskExecutor(ordinary: self) }

    func checkIsolated() { precondition(isCurrent, "not on loop \(name)") }

    func isIsolatingCurrentContext() -> Bool? { isCurrent }

    // MARK: the loop

    var isCurrent: Bool { timeline.current === self }

    func execute(_ body: @escaping @Sendable () -> Void) { append(.body(body)) }

    func timer(after duration: Duration, _ body: @escaping () -> Void) -> any WorkerTimer {
        let timer = SimulatedTimer(body)
        timeline.after(duration.microseconds) { self.execute { timer.fire() } }
        return timer
    }

    func sleep(for duration: Duration) async { await sleep(duration.microseconds) }

    func sleep(_ microseconds: Int64) async {
        let sleeper = Sleeper()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                sleeper.begin(continuation)
                timeline.after(microseconds) { self.execute { sleeper.end() } }
            }
        } onCancel: {
            execute { sleeper.end() }
        }
    }
}

private final class SimulatedTimer: WorkerTimer, @unchecked Sendable {
    private var body: (() -> Void)?

    init(_ body: @escaping () -> Void) { self.body = body }

    func fire() {
        let body = body
        self.body = nil
        body?()
    }

    func cancel() { body = nil }
}

/// A task that waits for time to pass, once.
private final class Sleeper: @unchecked Sendable {
    private var continuation: CheckedContinuation<Void, Never>?
    private var hasEnded = false

    func begin(_ continuation: CheckedContinuation<Void, Never>) {
        if hasEnded { return continuation.resume() }
        self.continuation = continuation
    }

    func end() {
        hasEnded = true
        continuation?.resume()
        continuation = nil
    }
}
