/// A row of a table, by its key.
public struct TableRow: Sendable, Hashable {
    /// The table.
    public var table: TableSpec
    /// The row's key.
    public var key: RowKey

    /// A row.
    public init(_ table: TableSpec, _ key: RowKey) {
        self.table = table
        self.key = key
    }
}

/// A few rows that are followed through the changes of a log, without the rest of their tables: what a row becomes
/// depends on the row alone, unless it is filled from another table, which is then held as a whole.
public struct WatchedRows: Sendable {
    /// A row is filled from this table, which is not held: begin again with it.
    public struct MissingSource: Error, Sendable {
        /// The table.
        public var table: TableSpec
    }

    private let rows: [TableSpec: [RowKey]]
    private let keys: [TableSpec: Set<RowKey>]
    private let sources: Set<TableSpec>
    private var tables: InMemoryTables

    /// These rows, and whole tables that rows are filled from.
    public init(_ watched: [TableRow], sources: Set<TableSpec> = []) {
        rows = Dictionary(grouping: watched, by: \.table).mapValues { $0.map(\.key) }
        keys = rows.mapValues { Set($0) }
        self.sources = sources
        tables = InMemoryTables(Array(sources.union(rows.keys)))
    }

    /// The row as it is now; nil if there is none.
    public func row(_ row: TableRow) -> [ColumnValue]? { tables.rows(row.table)[row.key] }

    /// Applies what concerns them, and names the rows that are not what they were.
    public mutating func apply(_ changes: RowChanges) throws(MissingSource) -> [TableRow] {
        var relevant = RowChanges()
        var touched: [TableRow] = []
        for operation in changes.operations where try concerns(operation, &touched) { relevant.add(operation) }
        guard !relevant.operations.isEmpty else { return [] }
        let before = touched.map(row)
        tables.apply(relevant)
        return zip(touched, before).filter { row($0) != $1 }.map(\.0)
    }

    /// Whether the operation can change a row that is held; notes the watched ones among these.
    private func concerns(
        _ operation: RowChanges.Operation, _ touched: inout [TableRow]
    ) throws(MissingSource) -> Bool {
        switch operation {
        case .put(let table, let row), .append(let table, let row), .insert(let table, let row):
            return concerns(table, table.key(of: row), &touched)
        case .patch(let table, let key, _), .delete(let table, let key): return concerns(table, key, &touched)
        case .insertFrom(let table, let row, _, let source, _, _):
            guard concerns(table, table.key(of: row), &touched) else { return false }
            guard sources.contains(source) else { throw MissingSource(table: source) }
            return true
        case .patchWhere(let table, _, _), .deleteWhere(let table, _), .strip(let table, _, _):
            for key in rows[table] ?? [] { _ = concerns(table, key, &touched) }
            return rows[table] != nil || sources.contains(table)
        }
    }

    private func concerns(_ table: TableSpec, _ key: RowKey, _ touched: inout [TableRow]) -> Bool {
        guard keys[table]?.contains(key) ?? false else { return sources.contains(table) }
        let row = TableRow(table, key)
        if !touched.contains(row) { touched.append(row) }
        return true
    }
}
