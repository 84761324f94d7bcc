import Foundation
public import Testing

/// Runs each test on threads of their own: clients in tests block, and the pool's few threads belong to all.
public struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    /// For each test of a suite.
    public let isRecursive = true

    /// See `TestScoping`.
    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        try await withTaskExecutorPreference(ThreadExecutor()) { try await function() }
    }
}

extension Trait where Self == OwnThread {
    /// Threads of their own for tests that block.
    public static var ownThread: Self { Self() }
}

/// A thread for each job.
private final class ThreadExecutor: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread.detachNewThread { [self] in unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
