import ChatApplication
import ChatDomain
import ChatProjections
import ChatTestKit
import EventCodec
import UnicodeText

/// The read tables, folded by the real projections, each at a pace of its own.
final class ReadTables: @unchecked Sendable {
    /// How long a query waits for the tables, in microseconds.
    private static let patience: Int64 = 5_000_000

    private struct Waiter {
        var names: [String]
        var position: Position
        var continuation: CheckedContinuation<Bool, Never>
    }

    private final class Track {
        let projection: any Projection
        var tables: InMemoryTables
        var position = Position.start

        init(_ type: any Projection.Type) {
            projection = type.init(environment: ProjectionEnvironment(fold: { UnicodeText.foldKey($0) }))
            tables = InMemoryTables(type.tables)
        }
    }

    private let log: InMemoryEventLog
    private let loop: SimulatedLoop
    private let keyring: Keyring
    private let stalls: Int
    private let tracks: [String: Track]
    private var waiters: [Int: Waiter] = [:]
    private var numbers = 0
    private var sleepers: [CheckedContinuation<Void, Never>] = []
    /// Everything that happened, opened.
    private(set) var events: [ProjectedEvent] = []
    /// The same as it is stored.
    private(set) var recorded: [RecordedEvent] = []

    init(log: InMemoryEventLog, keys: InMemorySealingKeys, loop: SimulatedLoop, stalls: Int) {
        self.log = log
        self.loop = loop
        self.stalls = stalls
        keyring = Keyring(store: keys)
        let types: [any Projection.Type] = [
            UserProjection.self, FriendProjection.self, GroupProjection.self, OfflineProjection.self,
            SessionProjection.self,
        ]
        tracks = Dictionary(uniqueKeysWithValues: types.map { ($0.name, Track($0)) })
    }

    func begin() {
        log.onAppend { [self] _ in wake() }
        for name in tracks.keys.sorted() {
            Task(executorPreference: loop) { await self.run(name) }
        }
    }

    func rows(_ table: TableSpec, of name: String) -> [[ColumnValue]] {
        guard let rows = tracks[name]?.tables.rows(table) else { return [] }
        return RowOrder.sorted(rows.keys).compactMap { rows[$0] }
    }

    func row(_ table: TableSpec, of name: String, _ key: [ColumnValue]) -> [ColumnValue]? {
        tracks[name]?.tables.rows(table)[RowKey(key)]
    }

    func position(of name: String) -> Position { tracks[name]?.position ?? .start }

    /// Waits until these have reached a position.
    func wait(for names: [String], atLeast position: Position) async throws(EventLogError) {
        if has(names, position) { return }
        numbers += 1
        let number = numbers
        let isThere = await withCheckedContinuation { continuation in
            waiters[number] = Waiter(names: names, position: position, continuation: continuation)
            loop.timeline.after(Self.patience) { [self] in
                waiters.removeValue(forKey: number)?.continuation.resume(returning: false)
            }
        }
        if !isThere { throw .unavailable("the read tables are behind the log") }
    }

    private func has(_ names: [String], _ position: Position) -> Bool {
        names.allSatisfy { self.position(of: $0) >= position }
    }

    // MARK: folding

    private func run(_ name: String) async {
        guard let track = tracks[name] else { return }
        while true {
            await readOn()
            if Int(track.position.value) == events.count {
                await withCheckedContinuation { sleepers.append($0) }
            }
            let timeline = loop.timeline
            let isLong = stalls > 0 && timeline.chance(1)
            await loop.sleep(isLong ? timeline.milliseconds(1...stalls) : timeline.milliseconds(0...8))
            await readOn()
            fold(track)
            release()
        }
    }

    /// Brings what is known of the log up to its end.
    func readOn() async {
        while true {
            let found = (try? await log.read(after: Position(Int64(events.count)), upTo: nil, limit: 1_000)) ?? []
            guard !found.isEmpty else { return }
            try? await keyring.fetch(ids: found.compactMap { EventCodec.keyID(of: $0.payload) })
            for event in found where Int(event.position.value) == events.count + 1 { add(event) }
            // A query may have read on before whoever folds what it found.
            wake()
        }
    }

    private func wake() {
        for sleeper in sleepers { sleeper.resume() }
        sleepers = []
    }

    private func add(_ event: RecordedEvent) {
        guard
            let decoded = try? EventCodec.decode(
                type: event.type, schema: event.schema, payload: event.payload, stream: event.stream, opener: keyring)
        else { preconditionFailure("event \(event.position) cannot be read") }
        recorded.append(event)
        events.append(
            ProjectedEvent(
                decoded, position: event.position, recordedAt: event.recordedAt, stream: event.stream,
                version: event.version, actor: event.cause.actor, session: event.cause.session,
                device: event.cause.device, node: event.node))
    }

    private func fold(_ track: Track) {
        let wanted = type(of: track.projection).eventTypes
        for event in events[Int(track.position.value)...] where wanted.contains(event.event.type) {
            var changes = RowChanges()
            do throws(ProjectionError) {
                try track.projection.apply(event, into: &changes)
            } catch {
                preconditionFailure("event \(event.position) cannot be folded: \(error)")
            }
            track.tables.apply(changes)
        }
        track.position = Position(Int64(events.count))
    }

    private func release() {
        for number in waiters.keys.sorted() {
            guard let waiter = waiters[number], has(waiter.names, waiter.position) else { continue }
            waiters[number] = nil
            waiter.continuation.resume(returning: true)
        }
    }
}

extension ColumnValue {
    var number: Int64? {
        switch self {
        case .integer(let number), .time(let number): number
        default: nil
        }
    }

    var words: String? { if case .text(let text) = self { text } else { nil } }

    var truth: Bool { self == .boolean(true) }
}
