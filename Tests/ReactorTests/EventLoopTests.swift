import Glibc
import Reactor
import Testing

/// An actor pinned to a loop.
private actor Pinned {
    let loop: EventLoop
    private var count = 0
    private var timer: LoopTimer?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(_ loop: EventLoop) {
        self.loop = loop
    }

    func increment() -> Int {
        loop.preconditionCurrent()
        count += 1
        return count
    }

    /// Counts from a plain callback of the loop, as C callbacks do.
    func incrementFromTimer() async -> Int {
        await withCheckedContinuation { continuation in
            timer = loop.schedule(after: .milliseconds(1)) {
                continuation.resume(returning: self.assumeIsolated { $0.increment() })
            }
        }
    }

    func calls(_ other: Pinned, times: Int) async -> Int {
        var last = 0
        for _ in 0..<times { last = await other.increment() }
        return last
    }
}

/// A loop that ends with the test.
func withLoop<Result>(_ body: (EventLoop) async throws -> Result) async rethrows -> Result {
    let loop = EventLoop(name: "test")
    defer { loop.stop() }
    return try await body(loop)
}

/// Runs `body` on the loop and gives back what it made.
func on<Result: Sendable>(_ loop: EventLoop, _ body: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        loop.execute { continuation.resume(returning: body()) }
    }
}

@Suite struct EventLoopTests {
    @Test func aLoopMayLeaveTheProcessorsToOthers() async {
        let loop = EventLoop(name: "patient", niceness: 3)
        defer { loop.stop() }
        let which = __priority_which_t(PRIO_PROCESS.rawValue)
        let niceness = await withCheckedContinuation { continuation in
            loop.execute { continuation.resume(returning: getpriority(which, 0)) }
        }
        #expect(niceness == max(3, getpriority(which, 0)))
    }

    @Test func bodiesFromManyThreadsAllRunInTheOrderOfTheirSender() async {
        let senders = 8
        let each = 2000
        let seen = Lock([[Int]](repeating: [], count: senders))
        await withLoop { loop in
            await withTaskGroup(of: Void.self) { group in
                for sender in 0..<senders {
                    group.addTask { @concurrent in
                        for number in 0..<each {
                            loop.execute { seen.withLock { $0[sender].append(number) } }
                        }
                    }
                }
            }
        }
        #expect(seen.withLock { $0 } == [[Int]](repeating: Array(0..<each), count: senders))
    }

    @Test func anActorOfTheLoopRunsOnItsThread() async {
        await withLoop { loop in
            let first = Pinned(loop)
            let second = Pinned(loop)
            #expect(!loop.isCurrent)
            #expect(await first.calls(second, times: 10_000) == 10_000)
        }
    }

    @Test func aCallbackOfTheLoopMayAssumeTheIsolationOfItsActors() async {
        await withLoop { loop in
            let actor = Pinned(loop)
            #expect(await actor.incrementFromTimer() == 1)
        }
    }

    @Test func aTaskThatPrefersTheLoopStaysOnIt() async {
        await withLoop { loop in
            let stayed = await Task(executorPreference: loop) {
                let before = loop.isCurrent
                await Task.yield()
                return before && loop.isCurrent
            }.value
            #expect(stayed)
        }
    }

    @Test func timersFireInTheOrderOfTheirTimesAndNotWhenCancelled() async {
        let fired = Lock([Int]())
        await withLoop { loop in
            await withCheckedContinuation { continuation in
                loop.execute {
                    loop.schedule(after: .milliseconds(60)) {
                        fired.withLock { $0.append(3) }
                        continuation.resume()
                    }
                    loop.schedule(after: .milliseconds(20)) { fired.withLock { $0.append(2) } }
                    loop.schedule(after: .milliseconds(40)) { fired.withLock { $0.append(-1) } }.cancel()
                    loop.schedule(after: .zero) { fired.withLock { $0.append(1) } }
                }
            }
        }
        #expect(fired.withLock { $0 } == [1, 2, 3])
    }

    @Test func aSleepEndsWhenItsTaskIsCancelled() async {
        await withLoop { loop in
            let sleeper = Task { await loop.sleep(for: .seconds(100_000)) }
            sleeper.cancel()
            await sleeper.value
            await loop.sleep(for: .milliseconds(1))
        }
    }

    @Test func aSleepEndsWithItsLoop() async {
        let loop = EventLoop(name: "test")
        let sleeper = Task(executorPreference: loop) { await loop.sleep(for: .seconds(100_000)) }
        loop.stop()
        await sleeper.value
        await loop.sleep(for: .seconds(100_000))
    }

    @Test func jobsThatNeverEndDoNotStarveTimers() async {
        await withLoop { loop in
            let spinner = Task(executorPreference: loop) {
                while !Task.isCancelled { await Task.yield() }
            }
            await loop.sleep(for: .milliseconds(5))
            spinner.cancel()
            await spinner.value
        }
    }
}
