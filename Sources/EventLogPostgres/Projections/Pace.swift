import Synchronization

/// Keeps the work of a run to a rate, however many share in it.
public final class Pace: Sendable {
    private let rule: Mutex<PaceRule>
    private let start = ContinuousClock.now
    /// 0: no limit.
    let eventsPerSecond: Int

    /// At most so many events a second, of all that share it together; 0: no limit.
    public init(eventsPerSecond: Int = 0) {
        self.eventsPerSecond = eventsPerSecond
        rule = Mutex(PaceRule(eventsPerSecond: eventsPerSecond))
    }

    /// Waits until the work that follows so many more events may begin.
    func wait(_ count: Int) async throws {
        let due = rule.withLock { $0.take(count, at: ContinuousClock.now - start) }
        if let due { try await Task.sleep(until: start + due, clock: .continuous) }
    }
}

/// When work may go on that is kept to a rate; pure. Times are those since any fixed moment.
struct PaceRule: Sendable {
    let eventsPerSecond: Int
    /// When all that was taken so far will have been paid for.
    private var paid = Duration.zero

    init(eventsPerSecond: Int) { self.eventsPerSecond = eventsPerSecond }

    /// Takes so many events; returns when what follows them may begin, nil if at once. Time in which nothing was taken
    /// is not saved up: after a pause the rate is the same, not higher.
    mutating func take(_ count: Int, at now: Duration) -> Duration? {
        guard eventsPerSecond > 0 else { return nil }
        paid = max(paid, now) + .seconds(Double(count) / Double(eventsPerSecond))
        return paid
    }
}
