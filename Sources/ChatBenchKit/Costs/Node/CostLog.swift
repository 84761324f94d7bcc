import ChatApplication
import ChatDomain
import EventCodec

/// A log in memory that believes what it is told: no guard is checked and nothing can fail.
final class CostLog: EventLog, @unchecked Sendable {
    private(set) var events: [RecordedEvent] = []
    private var heads: [StreamName: StreamHead] = [:]

    /// Puts a state there, as if events had led to it.
    func put(_ stream: StreamName, _ state: StreamState) {
        heads[stream] = StreamHead(stream: stream, version: 1, state: StateCodec.encode(state))
    }

    func append(_ batch: AppendBatch) async throws(EventLogError) -> [AppendOutcome] { store(batch) }

    /// The same at once.
    func store(_ batch: AppendBatch) -> [AppendOutcome] {
        batch.commands.map { .appended(store($0, by: batch.origin?.node)) }
    }

    private func store(_ command: AppendCommand, by node: NodeName?) -> Receipt {
        var receipt = Receipt(position: nil, version: nil, recordedAt: StillClock.time)
        for event in command.events {
            let version = move(event.stream)
            for stream in event.touched { move(stream) }
            let position = Position(Int64(events.count + 1))
            if receipt.position == nil { (receipt.position, receipt.version) = (position, version) }
            events.append(
                RecordedEvent(
                    position: position, type: event.type, schema: event.schema, stream: event.stream,
                    version: version, touched: event.touched, cause: command.cause, node: node,
                    recordedAt: StillClock.time, payload: event.payload))
        }
        for state in command.states { heads[state.stream]?.state = state.bytes }
        return receipt
    }

    @discardableResult private func move(_ stream: StreamName) -> Int64 {
        heads[stream, default: StreamHead(stream: stream, version: 0, state: nil)].version += 1
        return heads[stream]?.version ?? 0
    }

    func heads(of streams: [StreamName]) async throws(EventLogError) -> [StreamHead] { standing(of: streams) }

    /// The same at once.
    func standing(of streams: [StreamName]) -> [StreamHead] {
        streams.map { heads[$0] ?? StreamHead(stream: $0, version: 0, state: nil) }
    }

    func head() async throws(EventLogError) -> Position { Position(Int64(events.count)) }

    func epoch() async throws(EventLogError) -> String { "costs" }

    func shared(with epoch: String) async throws(EventLogError) -> Position? { nil }

    func read(after: Position, upTo: Position?, limit: Int) async throws(EventLogError) -> [RecordedEvent] { [] }

    func read(stream: StreamName, after: Position, limit: Int) async throws(EventLogError) -> [RecordedEvent] { [] }

    func read(types: [String], after: Position, limit: Int) async throws(EventLogError) -> [RecordedEvent] { [] }
}

/// The end of the log: what it is given, page by page.
struct CostTail: LogTail {
    let gate = PageGate<[RecordedEvent]>()

    func next(
        after: Position, limit: Int, timeout: Duration
    ) async throws(EventLogError) -> [RecordedEvent] { await gate.next() }

    func rest(after: Position, atMost: Duration) async {}

    func hint(_ hint: LogHint) {}
}
