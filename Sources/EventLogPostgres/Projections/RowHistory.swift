import ChatApplication
public import ChatDomain
public import ChatProjections

/// How a row of a read table came to be what it is: every event that changed it, in order.
public struct RowHistory: Sendable {
    /// An event that changed the row.
    public struct Change: Sendable {
        /// The event's position.
        public var position: Position
        /// Its type.
        public var type: EventType
        /// When it was recorded, in microseconds since 1970 UTC.
        public var recordedAt: Int64
        /// Who caused it, if anyone.
        public var actor: UserID?
        /// The row after it; nil if it took the row away.
        public var row: [ColumnValue]?
    }

    /// The changes, in order.
    public internal(set) var changes: [Change] = []

    /// Follows rows of a projection through the log, up to a position, in one reading for all of them.
    public static func of(
        _ rows: [TableRow], _ kind: any Projection.Type, upTo end: Position, _ means: ProjectionRebuild.Means,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> [TableRow: RowHistory] {
        var sources: Set<TableSpec> = []
        while true {
            do {
                let tracing = RowTracing(rows, sources, kind, means)
                try await tracing.run(upTo: end, progress)
                return tracing.histories
            } catch let missing as WatchedRows.MissingSource {
                sources.insert(missing.table)
            }
        }
    }
}

/// One reading of the log for the histories of some rows.
private final class RowTracing {
    private let projection: any Projection
    private let means: ProjectionRebuild.Means
    private let decoding: EventDecoding
    private var watched: WatchedRows
    private(set) var histories: [TableRow: RowHistory]

    init(
        _ rows: [TableRow], _ sources: Set<TableSpec>, _ kind: any Projection.Type, _ means: ProjectionRebuild.Means
    ) {
        self.means = means
        projection = kind.init(environment: means.environment)
        decoding = EventDecoding(keys: means.keys)
        watched = WatchedRows(rows, sources: sources)
        histories = Dictionary(rows.map { ($0, RowHistory()) }) { first, _ in first }
    }

    func run(upTo end: Position, _ progress: (_ done: Int, _ total: Int) -> Void) async throws {
        let kind = type(of: projection)
        var position = Position.start
        while position < end {
            try Task.checkCancellation()
            let events = try await means.log.read(after: position, upTo: end, limit: ProjectionRebuild.page)
            guard let last = events.last?.position else { throw VerificationFailure.logEnds(position) }
            for event in try await decoding.decode(events, types: kind.eventTypes, opened: kind.openedTypes) {
                try take(event)
            }
            position = last
            progress(Int(position.value), Int(end.value))
        }
    }

    private func take(_ event: DecodedEvent) throws {
        var changes = RowChanges()
        let projected: ProjectedEvent
        do throws(ProjectionError) {
            projected = try event.result.get()
            try projection.apply(projected, into: &changes)
        } catch {
            throw RebuildFailure.stuck(type(of: projection).name, event.position, error)
        }
        for row in try watched.apply(changes) {
            histories[row]?.changes.append(
                RowHistory.Change(
                    position: event.position, type: event.type, recordedAt: projected.recordedAt,
                    actor: projected.actor, row: watched.row(row)))
        }
    }
}

extension RowHistory {
    /// What a wrong value of a live row says about the event at which the row went wrong.
    public enum Finding: String, Sendable {
        /// The live value is what the log says, but of earlier: the event that changes it was never folded.
        case stale
        /// No beginning of the log gives the live value: it was changed from outside, or folded wrongly.
        case foreign
    }

    /// Where a column of a live row left the log. `live` is nil if the live table lacks the row.
    ///
    /// For a stale value, the event is the first one after which live and log differ; for a foreign one, the one that
    /// wrote the expected value, or took the row away. No event has anything to do with a row that was never there.
    public func origin(of column: Int, live: ColumnValue?) -> (finding: Finding, change: Change?) {
        var value: ColumnValue?
        var sameUntil = live == nil ? 0 : nil as Int?
        var written: Int?
        for (index, change) in changes.enumerated() {
            let next = change.row?[column]
            if !RowOrder.areSame(value, next) { written = index }
            value = next
            if RowOrder.areSame(value, live) { sameUntil = index + 1 }
        }
        guard let sameUntil else { return (.foreign, written.map { changes[$0] }) }
        let missed = changes[sameUntil...].first { !RowOrder.areSame($0.row?[column], live) }
        return (.stale, missed)
    }
}
