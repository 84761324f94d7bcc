import ChatApplication
import ChatDomain
import EventCodec
import PostgresClient
import Sealing

/// Makes the heads of an imported log's streams: their versions, and the states that decisions rest on.
///
/// Memory holds the heads of one segment's streams, and as many others as fit the cache.
final class HeadFold {
    /// Heads kept for later segments; with more, all are read again.
    private static let cached = 200_000

    private struct Head {
        var version: Int64 = 0
        var position = Position.start
        var state: StreamState?
        var isChanged = false
    }

    private let transaction: PostgresTransaction
    private let keyring: Keyring
    private var heads: [StreamName: Head] = [:]

    init(_ transaction: PostgresTransaction) {
        self.transaction = transaction
        keyring = Keyring(store: KeysOfTransaction(transaction: transaction))
    }

    /// Folds the next events into the stored heads.
    /// - Throws: `ImportFailure` for an event that does not continue its stream, or cannot be read.
    func fold(_ events: [RecordedEvent]) async throws {
        try await fetch(events)
        for event in events {
            guard heads[event.stream, default: Head()].version + 1 == event.version else {
                throw ImportFailure.discontinuous(event.position)
            }
            let streams = [event.stream] + event.touched
            let decoded = streams.contains { $0.keepsState } ? try decode(event) : nil
            for stream in streams {
                var head = heads[stream] ?? Head()
                head.version += 1
                head.position = event.position
                head.isChanged = true
                if let decoded {
                    head.state = StreamState.evolve(head.state, stream: stream, event: decoded, at: event.recordedAt)
                }
                heads[stream] = head
            }
        }
        try await store()
    }

    private func decode(_ event: RecordedEvent) throws -> ChatEvent {
        do throws(EventCodecError) {
            return try EventCodec.decode(
                type: event.type, schema: event.schema, payload: event.payload, stream: event.stream, opener: keyring)
        } catch {
            throw ImportFailure.unreadable(event.position, error)
        }
    }

    private func fetch(_ events: [RecordedEvent]) async throws {
        try await keyring.fetch(ids: events.compactMap { EventCodec.keyID(of: $0.payload) })
        let streams = Set(events.flatMap { [$0.stream] + $0.touched })
        if heads.count > Self.cached { heads = heads.filter { streams.contains($0.key) } }
        let missing = streams.filter { heads[$0] == nil }
        let rows = try await transaction.query(
            "SELECT stream, version, position, state FROM chat_log.heads WHERE stream = ANY ($1)",
            [.textArray(missing.map(\.value))])
        for row in 0..<rows.rowCount {
            guard let name = rows.text(row, 0) else { continue }
            let stream = StreamName(name)
            heads[stream] = Head(
                version: rows.int(row, 1) ?? 0, position: Position(rows.int(row, 2) ?? 0),
                state: try rows.bytes(row, 3).map { try StateCodec.decode($0, of: stream) })
        }
    }

    private func store() async throws {
        let changed = heads.filter { $0.value.isChanged }.sorted { $0.key.value < $1.key.value }
        _ = try await transaction.query(
            """
            INSERT INTO chat_log.heads (stream, version, position, state) SELECT * FROM unnest($1, $2, $3, $4) \
            ON CONFLICT (stream) DO UPDATE SET version = excluded.version, position = excluded.position, \
            state = excluded.state
            """,
            [
                .textArray(changed.map(\.key.value)), .int8Array(changed.map(\.value.version)),
                .int8Array(changed.map(\.value.position.value)),
                .byteaArray(changed.map { $0.value.state.map { StateCodec.encode($0) } }),
            ])
        for (stream, _) in changed { heads[stream]?.isChanged = false }
    }
}

/// The keys that the transaction itself has brought.
private struct KeysOfTransaction: SealingKeyStore {
    let transaction: PostgresTransaction

    func keys(for subjects: [SealSubject]) async throws(EventLogError) -> [SealSubject: StoredKey] {
        throw .refused("an import seals nothing")
    }

    func keys(ids: [Int64]) async throws(EventLogError) -> [Int64: SealingKey] {
        let rows: PostgresResult
        do {
            rows = try await transaction.query("SELECT id, key FROM chat_private.keys_by_id($1)", [.int8Array(ids)])
        } catch {
            throw EventLogError(certain: error)
        }
        var keys: [Int64: SealingKey] = [:]
        for row in 0..<rows.rowCount {
            if let id = rows.int(row, 0), let key = rows.bytes(row, 1).flatMap(SealingKey.init) { keys[id] = key }
        }
        return keys
    }
}
