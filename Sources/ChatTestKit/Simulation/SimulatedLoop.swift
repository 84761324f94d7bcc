public import ChatApplication
import Synchronization

/// A loop that runs only when a test says so, on the test's own thread, and whose time passes only while nothing can
/// run: the same seed gives the same order of everything. It is executor and clock of the actors under test.
public final class SimulatedLoop: SerialExecutor, TaskExecutor, Clock, Sendable {
    private struct Timer {
        var due: Int64
        var number: Int
        var fire: @Sendable () -> Void
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var timers: [Timer] = []
        var numbers = 0
        var now: Int64
    }

    private let state: Mutex<State>

    /// A loop whose time begins at a number of microseconds since 1970 UTC.
    public init(now: Int64 = 1_700_000_000_000_000) { state = Mutex(State(now: now)) }

    /// The simulated time.
    public func now() -> Int64 { state.withLock { $0.now } }

    /// Called by the runtime.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    /// The loop as the runtime refers to it.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

    /// The loop as the runtime refers to it.
    public func asUnownedTaskExecutor() -> UnownedTaskExecutor { unsafe UnownedTaskExecutor(ordinary: self) }

    /// Whoever holds the loop is taken to be on it: a test looks at its actors only while the loop stands still.
    public func checkIsolated() {}

    /// See `checkIsolated`.
    public func isIsolatingCurrentContext() -> Bool? { true }

    /// Calls `fire` on the running thread once so much simulated time has passed.
    public func after(_ delay: Duration, _ fire: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.numbers += 1
            let due = state.now + max(0, Int64(delay / .microseconds(1)))
            state.timers.append(Timer(due: due, number: state.numbers, fire: fire))
        }
    }

    /// Lets simulated time pass for whoever awaits it.
    public func sleep(for delay: Duration) async {
        await withCheckedContinuation { continuation in after(delay) { continuation.resume() } }
    }

    /// Runs what can run and lets time pass until the condition holds; false if it does not within `limit`.
    @discardableResult
    public func run(for limit: Duration, until condition: () -> Bool = { false }) -> Bool {
        let end = now() + Int64(limit / .microseconds(1))
        while true {
            runJobs()
            if condition() { return true }
            guard let fire = nextTimer(upTo: end) else {
                state.withLock { $0.now = max($0.now, end) }
                return false
            }
            fire()
        }
    }

    private func runJobs() {
        while true {
            let jobs = state.withLock { state in
                defer { state.jobs = [] }
                return state.jobs
            }
            if jobs.isEmpty { return }
            for job in jobs {
                unsafe job.runSynchronously(
                    isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            }
        }
    }

    private func nextTimer(upTo end: Int64) -> (@Sendable () -> Void)? {
        state.withLock { state in
            let next = state.timers.indices.min { left, right in
                let (left, right) = (state.timers[left], state.timers[right])
                return (left.due, left.number) < (right.due, right.number)
            }
            guard let next, state.timers[next].due <= end else { return nil }
            let timer = state.timers.remove(at: next)
            state.now = max(state.now, timer.due)
            return timer.fire
        }
    }
}
