/// Tokens that refill at a rate: so many at once, so many a second in the long run.
struct TokenBucket {
    private var tokens: Double
    private var filledAt: Int64
    private let rate: Double
    private let burst: Double

    /// A full bucket; `rate` 0 switches it off.
    init(rate: Int, burst: Int, now: Int64) {
        self.rate = Double(rate)
        self.burst = Double(max(burst, 1))
        tokens = self.burst
        filledAt = now
    }

    /// Takes a token, or says in how many milliseconds there will be one.
    mutating func take(now: Int64) -> Int64? {
        guard rate > 0 else { return nil }
        tokens = min(burst, tokens + Double(max(0, now - filledAt)) / 1_000_000 * rate)
        filledAt = now
        if tokens >= 1 {
            tokens -= 1
            return nil
        }
        return max(1, Int64(((1 - tokens) / rate * 1_000).rounded(.up)))
    }
}

/// Events counted by a key (an address, an account) over the last minute, bounded in keys.
struct MinuteCounter {
    /// Keys kept at most; when there are more, those without an event in the last minute are dropped, then all.
    static let maximumKeys = 50_000
    private var times: [String: [Int64]] = [:]
    private let limit: Int

    /// Counts up to `limit` a minute; 0 switches it off.
    init(limit: Int) { self.limit = limit }

    /// In how many milliseconds the key may go on; nil if it may now.
    mutating func wait(_ key: String, now: Int64) -> Int64? {
        guard limit > 0, var recent = times[key] else { return nil }
        recent.removeAll { $0 <= now - 60_000_000 }
        times[key] = recent.isEmpty ? nil : recent
        guard recent.count >= limit else { return nil }
        return max(1, (recent[recent.count - limit] + 60_000_000 - now) / 1_000)
    }

    /// Counts one event of the key.
    mutating func count(_ key: String, now: Int64) {
        guard limit > 0 else { return }
        if times.count >= Self.maximumKeys {
            times = times.filter { ($0.value.last ?? 0) > now - 60_000_000 }
            if times.count >= Self.maximumKeys { times = [:] }
        }
        times[key, default: []].append(now)
        if let count = times[key]?.count, count > limit { times[key]?.removeFirst(count - limit) }
    }
}
