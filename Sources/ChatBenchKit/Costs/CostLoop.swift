import ChatSessions

/// The loop of a node that is measured: what is to run on it waits until the measuring thread runs it, in its order.
/// Time stands still, so that nothing happens but what a message causes.
final class CostLoop: WorkerLoop, @unchecked Sendable {
    private enum Work {
        case job(UnownedJob)
        case body(@Sendable () -> Void)
    }

    private var queue: [Work] = []
    /// Whoever sleeps does so for ever.
    private var sleepers: [CheckedContinuation<Void, Never>] = []

    /// Runs everything that waits, and what comes of it.
    func drain() {
        var next = 0
        while next < queue.count {
            let work = queue[next]
            next += 1
            switch work {
            case .body(let body): body()
            case .job(let job):
                unsafe job.runSynchronously(
                    isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            }
        }
        queue.removeAll(keepingCapacity: true)
    }

    func enqueue(_ job: consuming ExecutorJob) { queue.append(.job(UnownedJob(job))) }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

    func asUnownedTaskExecutor() -> UnownedTaskExecutor { unsafe UnownedTaskExecutor(ordinary: self) }

    func checkIsolated() {}

    func isIsolatingCurrentContext() -> Bool? { true }

    var isCurrent: Bool { true }

    func execute(_ body: @escaping @Sendable () -> Void) { queue.append(.body(body)) }

    func timer(after duration: Duration, _ body: @escaping () -> Void) -> any WorkerTimer { NoTimer() }

    func sleep(for duration: Duration) async { await withCheckedContinuation { sleepers.append($0) } }
}

private final class NoTimer: WorkerTimer {
    func cancel() {}
}

/// Hands pages to whoever waits for them, one at a time.
final class PageGate<Page: Sendable>: @unchecked Sendable {
    private var pages: [Page] = []
    private var reader: CheckedContinuation<Void, Never>?

    /// The reader goes on when its loop runs.
    func give(_ page: Page) {
        pages.append(page)
        let waiting = reader
        reader = nil
        waiting?.resume()
    }

    func next() async -> Page {
        while pages.isEmpty { await withCheckedContinuation { reader = $0 } }
        return pages.removeFirst()
    }
}
