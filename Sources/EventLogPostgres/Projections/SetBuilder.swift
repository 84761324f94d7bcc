import ChatApplication
import ChatDomain
import ChatProjections
import PostgresClient

/// Folds the log into tables in memory, for one or more projections, in one reading.
final class SetBuilder {
    private let strides: StrideFold
    private let tallying: [any TallyingProjection]
    private var tables: InMemoryTables
    private var tallies = MessageTallies()
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
        tallying = strides.projections.compactMap { $0 as? any TallyingProjection }
        tables = InMemoryTables(kinds.flatMap { $0.tables })
    }

    /// Folds the log up to a position, which must not be beyond its head. While one stride is applied, the next ones
    /// are read and folded; at most `LogLimits.foldAhead` of them are in memory. `store` is called when the rows of
    /// tables that grow with messages take too much of it: it calls `copy` for these. Without it all rows stay.
    func fold(
        _ log: any EventLog, upTo end: Position, pace: Pace = Pace(),
        stride length: Int64 = LogLimits.foldStride, progress: (_ done: Position) -> Void = { _ in },
        store: (() async throws -> Void)? = nil
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
                    try apply(stride)
                    if let store, tables.weight > memory { try await store() }
                    progress(position)
                    try await pace.wait(Int(position.value - before.value))
                }
            }
        }
        foldTallies()
    }

    /// So short that a slow pace is even.
    static func stride(throttle: Int) -> Int64 {
        throttle > 0 ? min(LogLimits.foldStride, max(1, Int64(throttle / 4))) : LogLimits.foldStride
    }

    /// Folds events that were read already.
    func fold(_ events: [RecordedEvent]) async throws {
        guard let end = events.last?.position else { return }
        try apply(try await strides.fold(strides.selection.entries(events), end: end))
        foldTallies()
    }

    private func apply(_ stride: FoldedStride) throws {
        for step in stride.steps {
            switch step {
            case .message(let message):
                if let before = tallies.add(message) { fold(before) }
            case .changes(let changes, let awaited):
                fold(awaited)
                tables.apply(changes)
            }
        }
        if let failure = stride.failure { throw failure }
        position = stride.end
    }

    private func fold(_ awaited: AwaitedMessages) {
        switch awaited {
        case .none: return
        case .of(let conversations):
            for conversation in conversations { if let tally = tallies.take(conversation) { fold(tally) } }
        case .all: foldTallies()
        }
    }

    private func foldTallies() { tallies.takeAll { fold($0) } }

    private func fold(_ tally: MessageTally) {
        var changes = RowChanges()
        for projection in tallying { projection.apply(tally, into: &changes) }
        tables.apply(changes)
    }

    /// The rows that stand in memory.
    func rows(_ table: TableSpec) -> [RowKey: [ColumnValue]] { tables.rows(table) }

    /// Copies a table's rows into its set by rising keys. Those of a table that grows with messages are forgotten then;
    /// what was done to rows that were copied before is carried out first.
    func copy(
        _ table: TableSpec, set: Int, isLast: Bool = true, through transaction: PostgresTransaction
    ) async throws {
        guard table.growsWithMessages else {
            return try await copy(tables.rows(table), of: table, set, through: transaction)
        }
        if isLast || tables.isLate(table) {
            for step in tables.takeLateSteps(table) {
                let statement = step.statement(set: set)
                let result = try await transaction.query(statement.text, statement.parameters)
                if case .delete = step { stored[table, default: 0] -= result.affectedRows }
            }
        }
        try await copy(tables.takeRows(table), of: table, set, through: transaction)
    }

    private func copy(
        _ rows: [RowKey: [ColumnValue]], of table: TableSpec, _ set: Int, through transaction: PostgresTransaction
    ) async throws {
        guard !rows.isEmpty else { return }
        var keys = RowOrder.sorted(rows.keys).makeIterator()
        var encoder = PostgresCopyEncoder()
        var ended = false
        let types = table.columns.map(\.type)
        _ = try await transaction.copyIn("copy \(table.qualified(set)) from stdin (format binary)") {
            if ended { return nil }
            while encoder.byteCount < Self.pieceBytes {
                guard let row = keys.next().flatMap({ rows[$0] }) else {
                    ended = true
                    return encoder.finish()
                }
                encoder.append(zip(types, row).map { $0.exactly($1) })
            }
            return encoder.take()
        }
        stored[table, default: 0] += rows.count
    }

    /// Rows that a table's set must hold by what was copied.
    func storedRows(_ table: TableSpec) -> Int { stored[table] ?? 0 }

    /// Bytes handed to a COPY at once.
    private static let pieceBytes = 256 * 1024
}
