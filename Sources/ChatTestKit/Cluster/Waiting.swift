import Foundation
import Synchronization

/// Waits until a fact holds, looking again and again; throws `late` after `patience`.
public func eventually(
    _ what: @autoclosure () throws -> String, within patience: Duration = ScriptedClient.patience,
    _ fact: () throws -> Bool
) throws {
    let deadline = ContinuousClock.now + patience
    while try !fact() {
        guard ContinuousClock.now < deadline else { throw ClientFailure.late(try what()) }
        Thread.sleep(forTimeInterval: 0.01)
    }
}

/// As `eventually`, for tests that must not hold a thread of the pool; throws `late` after `patience`.
public func waitUntil(
    _ what: String, within patience: Duration = .seconds(90), _ fact: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + patience
    while try await !fact() {
        guard ContinuousClock.now < deadline else { throw ClientFailure.late(what) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Work on a thread of its own, beside the test.
public final class Background<Value: Sendable>: Sendable {
    private let outcome = Mutex<Result<Value, any Error>?>(nil)

    /// Starts at once.
    public init(_ body: @escaping @Sendable () throws -> Value) {
        Thread.detachNewThread { [self] in
            let result = Result { try body() }
            outcome.withLock { $0 = result }
        }
    }

    /// Waits for its end and gives what it gave.
    public func value(within patience: Duration = .seconds(120)) throws -> Value {
        try eventually("work in the background", within: patience) { outcome.withLock { $0 != nil } }
        guard let outcome = outcome.withLock({ $0 }) else { throw ClientFailure.late("work in the background") }
        return try outcome.get()
    }
}

/// A flag that one thread raises and others look at.
public final class Flag: Sendable {
    private let raised = Atomic<Bool>(false)

    /// Not raised.
    public init() {}
    /// Raises it for good.
    public func raise() { raised.store(true, ordering: .releasing) }
    /// Whether it was raised.
    public var isRaised: Bool { raised.load(ordering: .acquiring) }
}

/// A number that one thread counts up and others look at.
public final class Tally: Sendable {
    private let counted = Atomic<Int>(0)

    /// 0.
    public init() {}
    /// Counts on.
    public func add(_ number: Int = 1) { counted.add(number, ordering: .relaxed) }
    /// How many so far.
    public var count: Int { counted.load(ordering: .relaxed) }

    /// Waits for so many.
    public func wait(for number: Int) throws {
        try eventually("\(number) counted, not only \(count)", within: .seconds(90)) { count >= number }
    }
}

/// Between two attempts, so that they do not spin.
func pauseBriefly() { Thread.sleep(forTimeInterval: 0.05) }
