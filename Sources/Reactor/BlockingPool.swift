/// Why a blocking pool did not run something.
public enum BlockingPoolError: Error, Sendable {
    /// As much waits as may wait.
    case full
    /// The pool was stopped.
    case stopped
}

/// Threads for what blocks or computes long, such as the hashing of passwords: loops must never do it. Any thread.
public final class BlockingPool: Sendable {
    private struct State {
        var queue = FairQueue<@Sendable () -> Void>()
        var stopped = false
    }

    private let state = Lock(State())
    private let available = Semaphore()
    private let running = Lock([Thread]())
    private let limit: Int
    private let laneLimit: Int

    /// Starts `threads` threads. At most `queueLimit` bodies wait beside those that run, `laneLimit` of one lane.
    public init(name: String, threads: Int, queueLimit: Int, laneLimit: Int? = nil) {
        limit = queueLimit
        self.laneLimit = laneLimit ?? queueLimit
        let started = (0..<max(threads, 1)).map { number in
            Thread(name: "\(name)-\(number)") { [state, available] in BlockingPool.work(state, available) }
        }
        running.withLock { $0 = started }
    }

    /// Runs `body` on a thread of the pool; lanes take turns. Once queued it runs, even if the task is cancelled.
    ///
    /// - Throws: `BlockingPoolError` without waiting if it cannot be queued; else what `body` throws.
    public func run<T: Sendable>(lane: String = "", _ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let refusal = submit(lane) { continuation.resume(with: Result(catching: body)) }
            if let refusal { continuation.resume(throwing: refusal) }
        }
    }

    /// Bodies that wait for a thread.
    public var waiting: Int { state.withLock { $0.queue.count } }

    /// Runs what is queued, then ends the threads and waits for them. Not from a thread of the pool; repeatable.
    public func stop() {
        let threads = running.withLock { threads in
            defer { threads = [] }
            return threads
        }
        state.withLock { $0.stopped = true }
        for _ in threads { available.signal() }
        for thread in threads { thread.join() }
    }

    private func submit(_ lane: String, _ work: @escaping @Sendable () -> Void) -> BlockingPoolError? {
        let refusal: BlockingPoolError? = state.withLock { state in
            if state.stopped { return .stopped }
            // The bodies that idle threads are about to take still count, so the bound is exact only under load.
            if state.queue.count >= limit || state.queue.count(in: lane) >= laneLimit { return .full }
            state.queue.append(work, lane: lane)
            return nil
        }
        if refusal == nil { available.signal() }
        return refusal
    }

    /// One signal came for each body, and one for each thread at the end.
    private static func work(_ state: Lock<State>, _ available: Semaphore) {
        while true {
            available.wait()
            guard let work = state.withLock({ $0.queue.popFirst() }) else { return }
            work()
        }
    }
}
