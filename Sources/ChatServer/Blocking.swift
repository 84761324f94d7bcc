import CommandLineTool
import Dispatch
import Reactor

/// The step from a program's first thread to its loops.
enum Blocking {
    /// Runs `body` with a loop as its executor, waits for it and ends the loop: the process is about to exit, and no
    /// thread may be at work while it takes itself down. What `body` throws becomes a failure of the program.
    static func run(on loop: EventLoop, _ body: @escaping @Sendable () async throws -> Void) throws {
        let done = DispatchSemaphore(value: 0)
        let outcome = Outcome()
        Task(executorPreference: loop) {
            do { try await body() } catch { await outcome.fail(error) }
            done.signal()
        }
        done.wait()
        loop.stop()
        if let failure = outcome.failure { throw failure }
    }

    /// What the body threw; written before, and read after, the semaphore.
    private final class Outcome: @unchecked Sendable {
        private(set) var failure: ToolFailure?

        func fail(_ error: any Error) async {
            failure = error as? ToolFailure ?? ToolFailure(.failed, "\(error)")
        }
    }
}
