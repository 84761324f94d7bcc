/// How long to wait before the next attempt: anything up to a bound that doubles (full jitter), so that the clients of
/// a lost node come back spread over all of it and not in step.
struct Backoff {
    /// In milliseconds.
    static let first = 250
    /// In milliseconds.
    static let longest = 15_000

    private var attempts = 0

    /// In milliseconds; `random` from 0 to 1. What the server asks for is waited for in any case.
    mutating func next(random: Double, atLeast minimum: Int = 0) -> Int {
        let full = min(Backoff.longest, Backoff.first << min(attempts, 10))
        attempts += 1
        return minimum + Int(Double(full) * random)
    }

    mutating func reset() {
        attempts = 0
    }
}
