import ChatApplication
import ChatDomain
import ChatProjections

/// Folds the log into tables in memory, for one or more projections, in one reading. For one task at a time.
final class SetBuilder {
    private let strides: StrideFold
    private let lanes: [FoldLane]
    private let laneOf: [TableSpec: FoldLane]
    /// Rows of each table in its set, as far as this fold put them there.
    private var stored: [TableSpec: Int] = [:]
    private let memory: Int
    /// How far the tables in memory are.
    private(set) var position = Position.start

    init(
        _ kinds: [any Projection.Type], environment: ProjectionEnvironment, keys: any SealingKeyStore,
        memory: Int = LogLimits.foldedBytes
    ) {
        self.memory = memory
        strides = StrideFold(kinds, environment: environment, keys: keys)
        lanes = strides.lanes.map { FoldLane($0) }
        var laneOf: [TableSpec: FoldLane] = [:]
        for (lane, projections) in zip(lanes, strides.lanes) {
            for table in projections.flatMap({ type(of: $0).tables }) { laneOf[table] = lane }
        }
        self.laneOf = laneOf
    }

    /// Folds the log up to a position, which must not be beyond its head. While one stride is applied, the next ones
    /// are read and folded; at most `LogLimits.foldAhead` of them are in memory. `store` is called when the rows of
    /// tables that grow with messages take too much of it: it calls the builder's `takeRows` for these. Without it all
    /// rows stay.
    ///
    /// It runs on the shared pool of threads, wherever it is called: a loop that both folds and reads would do one after
    /// the other, on one core.
    func fold(
        _ log: any EventLog, upTo end: Position, pace: Pace = Pace(),
        stride length: Int64 = LogLimits.foldStride, progress: (_ done: Position) -> Void = { _ in },
        store: (() async throws -> Void)? = nil
    ) async throws {
        try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try await foldStrides(log, upTo: end, length, pace, progress, store)
        }
        lanes.forEach { $0.finish() }
    }

    private func foldStrides(
        _ log: any EventLog, upTo end: Position, _ length: Int64, _ pace: Pace, _ progress: (_ done: Position) -> Void,
        _ store: (() async throws -> Void)?
    ) async throws {
        let strides = strides
        try await withThrowingTaskGroup(of: FoldedStride.self) { group in
            var next = position
            var ready: [Position: FoldedStride] = [:]
            func readOn() {
                guard next < end else { return }
                let (from, to) = (next, min(end, next.advanced(by: length)))
                group.addTask { try await strides.run(log, after: from, upTo: to) }
                next = to
            }
            for _ in 0..<LogLimits.foldAhead { readOn() }
            while position < end {
                guard let found = try await group.next() else { break }
                ready[found.end] = found
                while let stride = ready.removeValue(forKey: min(end, position.advanced(by: length))) {
                    try Task.checkCancellation()
                    readOn()
                    let before = position
                    try await apply(stride)
                    if let store, weight > memory { try await store() }
                    progress(position)
                    try await pace.wait(Int(position.value - before.value))
                }
            }
        }
    }

    /// So short that a slow pace is even.
    static func stride(throttle: Int) -> Int64 {
        throttle > 0 ? min(LogLimits.foldStride, max(1, Int64(throttle / 4))) : LogLimits.foldStride
    }

    /// Folds events that were read already.
    func fold(_ events: [RecordedEvent]) async throws {
        guard let end = events.last?.position else { return }
        try await apply(try await strides.fold(strides.selection.entries(events), end: end))
        lanes.forEach { $0.finish() }
    }

    /// All lanes at the same time.
    private func apply(_ stride: FoldedStride) async throws {
        await withTaskGroup(of: Void.self) { group in
            for (number, lane) in lanes.enumerated() {
                group.addTask { lane.apply(stride.messages, stride.lanes[number], stride.stretches[number]) }
            }
        }
        if let failure = stride.failure { throw failure }
        position = stride.end
    }

    /// About how many bytes the tables take that grow with messages.
    private var weight: Int { lanes.reduce(0) { $0 + $1.weight } }

    /// The rows that stand in memory.
    func rows(_ table: TableSpec) -> [RowKey: [ColumnValue]] { laneOf[table]?.rows(table) ?? [:] }

    /// Takes the rows of a table that grows with messages out, to be put into its set ahead of the rest and of those
    /// that are taken out later.
    func takeRows(_ table: TableSpec) -> FoldedTable { take(table, isLast: false) }

    /// Notes by how many rows a table of the set has grown.
    func noteStored(_ table: TableSpec, _ rows: Int) { stored[table, default: 0] += rows }

    /// What is to be put into a set, once all is folded.
    func folded(_ set: BuiltSet) -> FoldedSet {
        FoldedSet(
            set: set, tables: set.kind.tables.map { take($0, isLast: true) },
            stored: set.kind.tables.map { stored[$0] ?? 0 })
    }

    private func take(_ table: TableSpec, isLast: Bool) -> FoldedTable {
        laneOf[table]?.take(table, isLast: isLast) ?? FoldedTable(spec: table, rows: [:])
    }
}
