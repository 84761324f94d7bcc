package import ChatApplication
import ChatDomain

extension EventLog {
    /// Appends commands as a tool.
    func append(_ commands: AppendCommand...) async throws(EventLogError) -> [AppendOutcome] {
        try await append(AppendBatch(origin: nil, commands: commands))
    }

    /// Everything that is in the log.
    package func all() async throws(EventLogError) -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        while true {
            let page = try await read(after: events.last?.position ?? .start, upTo: nil, limit: 1_000_000)
            guard !page.isEmpty else { return events }
            events += page
        }
    }

    /// The version of one stream.
    func version(_ stream: StreamName) async throws(EventLogError) -> Int64? {
        try await heads(of: [stream]).first?.version
    }
}

/// A command with the given events, in a chain of its own unless one is named.
func command(
    chain: Int = .random(in: 1_000...1_000_000), key: IdempotencyKey? = nil, guards: [Guard] = [],
    _ events: EncodedEvent..., states: [EncodedState] = []
) -> AppendCommand {
    AppendCommand(chain: chain, key: key, guards: guards, events: events, states: states)
}

/// An event of a stream.
func event(_ stream: StreamName, touching: [StreamName] = [], type: String = "Happened") -> EncodedEvent {
    EncodedEvent(stream: stream, touched: touching, type: type, payload: Array(#"{"in":"\#(stream)"}"#.utf8))
}

/// A key by two small numbers.
func key(_ digest: UInt8, parameters: UInt8 = 0, remember: Bool = true, result: [UInt8] = []) -> IdempotencyKey {
    IdempotencyKey(
        digest: Array(repeating: digest, count: 16), parameters: Array(repeating: parameters, count: 16),
        remember: remember, result: result)
}

/// Streams of the samples.
enum Sample {
    static let a = StreamName("account:1")
    static let b = StreamName("account:2")
    static let c = StreamName("group:7")
}

extension AppendOutcome {
    /// The outcome's plain name.
    package var name: String {
        switch self {
        case .appended: "appended"
        case .duplicate: "duplicate"
        case .conflict: "conflict"
        case .keyReused: "keyReused"
        case .chained: "chained"
        }
    }

    /// The receipt of what is or was appended.
    package var receipt: Receipt? {
        switch self {
        case .appended(let receipt), .duplicate(let receipt): receipt
        case .conflict, .keyReused, .chained: nil
        }
    }
}
