/// Mirrors the server's limit of commands a second for a connection, so that a long list of messages is never refused
/// in the middle: a refused one would be overtaken by those behind it.
struct SendAllowance {
    /// What is held back of the server's figures, as the two clocks and starts differ.
    static let margin = 0.9

    private var rate = 100.0
    private var burst = 200.0
    private var tokens = 200.0 * margin
    private var at = 0

    /// The limits as `hello` tells them; a rate of 0 is no limit.
    mutating func limit(rate: Int, burst: Int) {
        let used = self.burst * SendAllowance.margin - tokens
        self.rate = Double(rate)
        self.burst = Double(burst)
        tokens = self.burst * SendAllowance.margin - used
    }

    /// A new connection has a full burst.
    mutating func restart(at now: Int) {
        tokens = burst * SendAllowance.margin
        at = now
    }

    /// Takes one; nil if it may be sent at once, else the milliseconds until it may.
    mutating func take(at now: Int) -> Int? {
        if rate <= 0 { return nil }
        tokens = min(burst * SendAllowance.margin, tokens + Double(now - at) / 1000 * rate * SendAllowance.margin)
        at = now
        if tokens >= 1 || burst < 2 {
            tokens -= 1
            return nil
        }
        return max(1, Int(((1 - tokens) / (rate * SendAllowance.margin) * 1000).rounded(.up)))
    }
}
