/// When each message of an open loop is to be sent, whatever the answers do.
///
/// Time is cut into slots of a millisecond, and a message is intended for the beginning of its slot: that is what its
/// latency counts from, so a generator or a server that lags behind cannot hide it.
struct Schedule: Equatable {
    /// The length of a slot, in nanoseconds.
    static let slot: Int64 = 1_000_000
    private static let slotsPerSecond = 1000

    /// Messages a second, over all clients; at least 1.
    let rate: Int
    /// How many messages there are.
    let total: Int

    init(rate: Int, seconds: Double) {
        self.rate = max(1, rate)
        total = Int((Double(max(1, rate)) * seconds).rounded())
    }

    /// How many messages are to be out when so many nanoseconds have passed since the beginning.
    func due(at elapsed: Int64) -> Int {
        guard elapsed >= 0 else { return 0 }
        let slots = Int(elapsed / Schedule.slot) + 1
        return min(total, (slots * rate + Schedule.slotsPerSecond - 1) / Schedule.slotsPerSecond)
    }

    /// When a message is intended to leave, in nanoseconds since the beginning.
    func intended(_ number: Int) -> Int64 {
        Int64(number * Schedule.slotsPerSecond / rate) * Schedule.slot
    }
}
