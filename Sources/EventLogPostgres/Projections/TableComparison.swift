import ChatDomain
import ChatProjections

/// Walks the live rows of a projection, as they come from the database, beside the folded ones: both in the order of
/// their keys, so that no live row is held.
struct TableComparison {
    /// A difference whose event is yet to be found.
    struct Found {
        var row: TableRow
        /// The column's place in the table.
        var column: Int
        var difference: ProjectionVerification.Difference
    }

    private let kind: any Projection.Type
    private let fold: FoldAside
    /// The position that is asked about, if it is not that of the live tables.
    private let limit: Position?
    /// Of each table, the rows as they stood at the limit.
    private let before: [[RowKey: [ColumnValue]]]
    private(set) var outcome: ProjectionVerification.Outcome
    /// Of as many rows as are traced.
    private(set) var held: [Found] = []
    private var differingRows = 0

    /// With a limit the fold must stand there.
    init(_ kind: any Projection.Type, _ fold: FoldAside, upTo limit: Position?) {
        self.kind = kind
        self.fold = fold
        self.limit = limit
        before = limit == nil ? [] : kind.tables.map { fold.rows($0) }
        outcome = ProjectionVerification.Outcome(position: limit ?? fold.position)
    }

    /// Compares all tables. The fold must have come as far as the live ones. Differences of rows beyond the traced ones
    /// are reported at once; the others are held.
    mutating func run(_ live: LiveTables, _ report: (ProjectionVerification.Difference) -> Void) async throws {
        if limit == nil { outcome.position = live.set.position }
        var hasher = StateHasher(kind)
        for (index, table) in kind.tables.enumerated() {
            let rows = fold.rows(table)
            let keys = RowOrder.sorted(rows.keys)
            var next = 0
            try await live.rows(table) { row in
                let key = table.key(of: row)
                while next < keys.count, RowOrder.precedes(keys[next], key) {
                    compare(TableRow(table, keys[next]), index, live: nil, rebuilt: rows[keys[next]], report)
                    next += 1
                }
                let isBoth = next < keys.count && !RowOrder.precedes(key, keys[next])
                compare(TableRow(table, key), index, live: row, rebuilt: isBoth ? rows[keys[next]] : nil, report)
                if isBoth { next += 1 }
            }
            for key in keys[next...] { compare(TableRow(table, key), index, live: nil, rebuilt: rows[key], report) }
            hasher.begin(table)
            for key in keys { if let row = rows[key] { hasher.add(row) } }
            hasher.end()
        }
        if outcome.position == live.set.position { outcome.hash = hasher.finish() }
    }

    private mutating func compare(
        _ row: TableRow, _ table: Int, live: [ColumnValue]?, rebuilt: [ColumnValue]?,
        _ report: (ProjectionVerification.Difference) -> Void
    ) {
        if !before.isEmpty, before[table][row.key] != rebuilt { return }
        outcome.rows += 1
        let spec = row.table
        let columns = spec.columns.indices.filter { !RowOrder.areSame(live?[$0], rebuilt?[$0]) }
        guard !columns.isEmpty else { return }
        differingRows += 1
        outcome.differences += columns.count
        let key = zip(spec.keyColumns, row.key.values).map { (column: spec.columns[$0].name, value: $1) }
        for column in columns {
            let difference = ProjectionVerification.Difference(
                projection: kind.name, table: spec.name, key: key, column: spec.columns[column].name,
                live: live?[column], rebuilt: rebuilt?[column], isFirstOfRow: column == columns.first,
                position: outcome.position)
            if differingRows <= ProjectionVerification.tracedRows {
                held.append(Found(row: row, column: column, difference: difference))
            } else {
                report(difference)
            }
        }
        outcome.untracedRows = max(0, differingRows - ProjectionVerification.tracedRows)
    }
}
