import ChatApplication
import ChatDomain
import ChatTestKit

/// Random batches over a few streams, so that guards, chains and keys meet often.
struct RandomBatches {
    private var random: SplitMix64
    private var versions: [Int64] = Array(repeating: 0, count: 5)

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func next() -> AppendBatch {
        let count = Int.random(in: 0...12, using: &random)
        return AppendBatch(origin: nil, commands: (0..<count).map { _ in command() })
    }

    /// Follows what became of the versions, so that most guards hold.
    mutating func learn(_ heads: [StreamHead]) { versions = heads.map(\.version) }

    static let streams = (0..<5).map { StreamName("account:\($0)") }

    private mutating func command() -> AppendCommand {
        let events = (0..<Int.random(in: 0...3, using: &random)).map { _ in event() }
        let states = events.first.map {
            [EncodedState(stream: $0.stream, bytes: [UInt8.random(in: 0...9, using: &random)])]
        }
        let command = AppendCommand(
            chain: Int.random(in: 1...4, using: &random), key: key(), guards: guards(), events: events,
            states: Bool.random(using: &random) ? states ?? [] : [])
        for event in events {
            for stream in [event.stream] + event.touched { move(stream) }
        }
        return command
    }

    private mutating func move(_ stream: StreamName) {
        if let index = Self.streams.firstIndex(of: stream) { versions[index] += 1 }
    }

    private mutating func guards() -> [Guard] {
        (0..<Int.random(in: 0...2, using: &random)).map { _ in
            let index = Int.random(in: 0..<5, using: &random)
            let error: Int64 = Int.random(in: 0..<10, using: &random) == 0 ? 1 : 0
            return Guard(Self.streams[index], versions[index] + error)
        }
    }

    private mutating func event() -> EncodedEvent {
        let touched = Self.streams.filter { _ in Int.random(in: 0..<8, using: &random) == 0 }
        let stream = Self.streams[Int.random(in: 0..<5, using: &random)]
        return EncodedEvent(
            stream: stream, touched: touched.filter { $0 != stream }, type: "T",
            payload: [UInt8.random(in: 0...255, using: &random)])
    }

    private mutating func key() -> IdempotencyKey? {
        guard Int.random(in: 0..<3, using: &random) == 0 else { return nil }
        return IdempotencyKey(
            digest: Array(repeating: UInt8.random(in: 0..<30, using: &random), count: 16),
            parameters: Array(repeating: Int.random(in: 0..<8, using: &random) == 0 ? 1 : 0, count: 16),
            remember: Int.random(in: 0..<4, using: &random) > 0, result: [UInt8.random(in: 0...255, using: &random)])
    }
}
