import ChatApplication
import ChatTestKit

/// Virtual time, and who comes next: the one thread of a simulated world. All that happens in it is a job of a loop or
/// a timer, and which of them comes next follows from the seed.
///
/// Time passes a little with each job, and jumps to the next timer when nothing can run.
final class Timeline: Clock, @unchecked Sendable {
    /// A job takes at most so many microseconds.
    private static let jobCost = 1...20

    private(set) var time: Int64 = 1_700_000_000_000_000
    var random: SeededRandom
    let trace: Trace
    private var timers = TimerHeap()
    private var loops: [SimulatedLoop] = []
    private var runnable: [SimulatedLoop] = []
    /// The loop whose job runs now.
    private(set) var current: SimulatedLoop?
    private(set) var steps = 0

    init(seed: UInt64, trace: Trace) {
        random = SeededRandom(seed: seed)
        self.trace = trace
    }

    func now() -> Int64 { time }

    func add(_ loop: SimulatedLoop) -> Int {
        loops.append(loop)
        return loops.count
    }

    /// Calls `fire` once so many microseconds have passed, on no loop.
    func after(_ delay: Int64, _ fire: @escaping () -> Void) {
        timers.insert(due: time + max(0, delay), fire)
    }

    /// A time in microseconds within a range of milliseconds.
    func milliseconds(_ range: ClosedRange<Int>) -> Int64 {
        Int64(random.number(range.lowerBound * 1_000...range.upperBound * 1_000))
    }

    func chance(_ percent: Int) -> Bool { percent > 0 && random.number(1...100) <= percent }

    /// Runs until the condition holds, which is looked at every `interval`; false if it does not within `limit`.
    func run(for limit: Duration, every interval: Duration = .milliseconds(50), until condition: () -> Bool) -> Bool {
        let end = time + limit.microseconds
        while time < end {
            let next = min(end, time + interval.microseconds)
            run(to: next)
            if condition() { return true }
        }
        return false
    }

    func run(to end: Int64) {
        while step(before: end) {}
        time = max(time, end)
    }

    private func step(before end: Int64) -> Bool {
        steps += 1
        runnable.removeAll(keepingCapacity: true)
        for loop in loops where loop.isRunnable(at: time) { runnable.append(loop) }
        let isDue = timers.nextDue.map { $0 <= time } ?? false
        if isDue, runnable.isEmpty || random.oneIn(2) {
            fire()
            return true
        }
        guard runnable.isEmpty else {
            guard time < end else { return false }
            runJob(runnable.count == 1 ? runnable[0] : random.pick(runnable))
            return true
        }
        guard let due = nextEvent(), due <= end else { return false }
        time = max(time, due)
        return true
    }

    /// When something can happen again: a timer, or the end of a loop's pause.
    private func nextEvent() -> Int64? {
        let wakings = loops.compactMap { $0.wakesAt }
        return (wakings + [timers.nextDue].compactMap { $0 }).min()
    }

    private func fire() {
        guard let timer = timers.removeFirst() else { return }
        trace.step(1, timer.number, time)
        timer.fire()
    }

    private func runJob(_ loop: SimulatedLoop) {
        trace.step(2, loop.number, time)
        current = loop
        loop.runFirst()
        current = nil
        time += Int64(random.number(Self.jobCost))
    }

    /// Forgets loops that are dead: nothing of theirs ever runs again.
    func bury(_ dead: [SimulatedLoop]) {
        loops.removeAll { loop in dead.contains { $0 === loop } }
    }
}

/// Timers by the time at which they are due, then by the order in which they were made.
private struct TimerHeap {
    struct Timer {
        var due: Int64
        var number: Int
        var fire: () -> Void

        func precedes(_ other: Timer) -> Bool { (due, number) < (other.due, other.number) }
    }

    private var timers: [Timer] = []
    private var count = 0

    var nextDue: Int64? { timers.first?.due }

    mutating func insert(due: Int64, _ fire: @escaping () -> Void) {
        count += 1
        timers.append(Timer(due: due, number: count, fire: fire))
        var place = timers.count - 1
        while place > 0, timers[place].precedes(timers[(place - 1) / 2]) {
            timers.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func removeFirst() -> Timer? {
        guard let last = timers.popLast() else { return nil }
        guard let first = timers.first else { return last }
        timers[0] = last
        var place = 0
        while let child = smallestChild(of: place), timers[child].precedes(timers[place]) {
            timers.swapAt(place, child)
            place = child
        }
        return first
    }

    private func smallestChild(of place: Int) -> Int? {
        let left = 2 * place + 1
        guard left < timers.count else { return nil }
        return left + 1 < timers.count && timers[left + 1].precedes(timers[left]) ? left + 1 : left
    }
}

extension Duration {
    var microseconds: Int64 { Int64(self / .microseconds(1)) }
}
