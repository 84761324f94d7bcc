import ChatApplication
import ChatDomain
import ChatTestKit

/// The one carrier of a world: it loses what it is told to lose, and may be away.
final class SimulatedRedis: @unchecked Sendable {
    let timeline: Timeline
    let carrier: InMemoryFanOut
    /// Entries of a hundred that are lost.
    var losses = 0
    /// Calls of a hundred that fail, or whose answer is lost.
    var failures = 0
    /// Calls of a hundred that take long.
    var slow = 0
    private var hintsHeard: [(loop: SimulatedLoop, handler: @Sendable (LogHint) -> Void)] = []

    init(on timeline: Timeline) {
        self.timeline = timeline
        let lossRate = LossRate()
        carrier = InMemoryFanOut(
            sleep: { duration, fire in timeline.after(duration.microseconds, fire) },
            drops: { timeline.chance(lossRate.percent) })
        self.lossRate = lossRate
    }

    private let lossRate: LossRate

    private final class LossRate: @unchecked Sendable {
        var percent = 0
    }

    func lose(percent: Int) { lossRate.percent = percent }

    func listen(on loop: SimulatedLoop, _ handler: @escaping @Sendable (LogHint) -> Void) {
        hintsHeard.append((loop, handler))
    }

    func hint(_ hint: LogHint) {
        guard !carrier.isDown else { return }
        for (loop, handler) in hintsHeard where !loop.isDead && !timeline.chance(losses) {
            timeline.after(Int64(timeline.random.number(50...3_000))) { loop.execute { handler(hint) } }
        }
    }

    /// The time of one way, in microseconds.
    func delay() -> Int64 {
        timeline.chance(slow) ? timeline.milliseconds(10...1_200) : Int64(timeline.random.number(20...800))
    }
}

/// The carrier as one node reaches it.
struct SimulatedFanOut: FanOut {
    let redis: SimulatedRedis
    let node: NodeName
    let loop: SimulatedLoop

    func publish(_ entries: [(node: NodeName, entry: FanOutEntry)]) async throws(FanOutError) {
        await loop.sleep(redis.delay())
        if redis.timeline.chance(redis.failures) { throw .unavailable("it did not arrive") }
        try await redis.carrier.publish(entries)
        await loop.sleep(redis.delay())
        if redis.timeline.chance(redis.failures) { throw .unavailable("the answer was lost") }
    }

    func read(node: NodeName, after: String, timeout: Duration) async throws(FanOutError) -> [FanOutDelivery] {
        await loop.sleep(redis.delay())
        if redis.timeline.chance(redis.failures) { throw .unavailable("it did not arrive") }
        let found = try await redis.carrier.read(node: node, after: after, timeout: timeout)
        await loop.sleep(redis.delay())
        return found
    }

    func hint(_ hint: LogHint) async { redis.hint(hint) }

    func onHint(_ handler: @escaping @Sendable (LogHint) -> Void) async { redis.listen(on: loop, handler) }

    func say(_ signal: TypingSignal) async {}

    func onTyping(_ handler: @escaping @Sendable (TypingSignal) -> Void) async {}
}
