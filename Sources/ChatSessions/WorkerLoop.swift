public import Reactor

/// The loop on which a worker lives: an event loop, or a simulated one.
public protocol WorkerLoop: SerialExecutor, TaskExecutor {
    /// Whether the calling thread is the loop's.
    var isCurrent: Bool { get }
    /// Runs `body` on the loop, after what this thread sent before. Any thread.
    func execute(_ body: @escaping @Sendable () -> Void)
    /// Runs `body` once, so much later, unless it is cancelled before. The loop's thread only.
    func timer(after duration: Duration, _ body: @escaping () -> Void) -> any WorkerTimer
    /// Suspends the task for so long, or until it is cancelled.
    func sleep(for duration: Duration) async
}

/// Something that is to happen once, later.
public protocol WorkerTimer: AnyObject {
    /// Makes sure that it does not happen any more. The loop's thread only.
    func cancel()
}

extension LoopTimer: WorkerTimer {}

extension EventLoop: WorkerLoop {
    /// See `WorkerLoop`.
    public func timer(after duration: Duration, _ body: @escaping () -> Void) -> any WorkerTimer {
        schedule(after: duration, body)
    }
}
