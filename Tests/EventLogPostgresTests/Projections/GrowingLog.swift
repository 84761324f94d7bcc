import ChatApplication
import ChatDomain
import ChatTestKit

/// A log to which more is appended with each page that is read of it.
struct GrowingLog: EventLog {
    let log: InMemoryEventLog
    /// Hears how many events were read.
    let grow: @Sendable (_ events: Int) async -> Void

    func read(after: Position, upTo: Position?, limit: Int) async throws(EventLogError) -> [RecordedEvent] {
        let events = try await log.read(after: after, upTo: upTo, limit: limit)
        await grow(events.count)
        return events
    }

    func append(_ batch: AppendBatch) async throws(EventLogError) -> [AppendOutcome] { try await log.append(batch) }

    func fence(_ origin: BatchOrigin) async throws(EventLogError) -> Bool { try await log.fence(origin) }

    func read(stream: StreamName, after: Position, limit: Int) async throws(EventLogError) -> [RecordedEvent] {
        try await log.read(stream: stream, after: after, limit: limit)
    }

    func read(types: [String], after: Position, limit: Int) async throws(EventLogError) -> [RecordedEvent] {
        try await log.read(types: types, after: after, limit: limit)
    }

    func heads(of streams: [StreamName]) async throws(EventLogError) -> [StreamHead] {
        try await log.heads(of: streams)
    }

    func head() async throws(EventLogError) -> Position { try await log.head() }

    func epoch() async throws(EventLogError) -> String { try await log.epoch() }

    func shared(with epoch: String) async throws(EventLogError) -> Position? { try await log.shared(with: epoch) }
}
