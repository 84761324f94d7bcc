/// Read tables as dictionaries, for rebuilding aside, verifying and tests. Changes mean the same as in PostgreSQL.
public struct InMemoryTables: Sendable {
    fileprivate struct Table: Sendable {
        let spec: TableSpec
        var rows: [RowKey: [ColumnValue]] = [:]
        /// Made when a condition first asks for one, then kept.
        var indexes: [Index] = []
    }

    /// The keys of the rows by the value of one column.
    fileprivate struct Index: Sendable {
        let column: Int
        var keys: [ColumnValue: Set<RowKey>] = [:]
    }

    private var tables: [String: Table] = [:]

    /// Empty tables.
    public init(_ specs: [TableSpec]) {
        for spec in specs { tables[spec.name] = Table(spec: spec) }
    }

    /// The rows of a table by key.
    public func rows(_ table: TableSpec) -> [RowKey: [ColumnValue]] { tables[table.name]?.rows ?? [:] }

    /// Applies changes in their order.
    public mutating func apply(_ changes: RowChanges) {
        for operation in changes.operations { apply(operation) }
    }

    private mutating func apply(_ operation: RowChanges.Operation) {
        switch operation {
        case .put(let table, let row): write(table) { $0.put(row) }
        case .insert(let table, let row): write(table) { $0.insert(row) }
        case .insertFrom(let table, var row, let filled, let source, let key, let column):
            guard let found = tables[source.name]?.rows[key] else { return }
            for place in filled { row[place] = found[column] }
            write(table) { $0.insert(row) }
        case .patch(let table, let key, let patch): write(table) { $0.change(key, patch) }
        case .delete(let table, let key): write(table) { $0.remove(key) }
        case .patchWhere(let table, let match, let patch):
            write(table) { table in for key in table.keys(match) { table.change(key, patch) } }
        case .deleteWhere(let table, let match):
            write(table) { table in for key in table.keys(match) { table.remove(key) } }
        }
    }

    private mutating func write(_ spec: TableSpec, _ body: (inout Table) -> Void) {
        body(&tables[spec.name, default: Table(spec: spec)])
    }
}

extension InMemoryTables.Table {
    mutating func put(_ row: [ColumnValue]) {
        let key = spec.key(of: row)
        let old = rows.updateValue(row, forKey: key)
        // In place: a copy of an index for each row would be quadratic.
        for place in indexes.indices {
            let column = indexes[place].column
            if let old {
                if old[column] == row[column] { continue }
                indexes[place].keys[old[column]]?.remove(key)
            }
            indexes[place].keys[row[column], default: []].insert(key)
        }
    }

    mutating func insert(_ row: [ColumnValue]) {
        if rows[spec.key(of: row)] == nil { put(row) }
    }

    mutating func change(_ key: RowKey, _ patch: RowChanges.Patch) {
        guard var row = rows[key] else { return }
        for (column, assignment) in patch { row[column] = assignment.applied(to: row[column]) }
        put(row)
    }

    mutating func remove(_ key: RowKey) {
        guard let old = rows.removeValue(forKey: key) else { return }
        for place in indexes.indices { indexes[place].keys[old[indexes[place].column]]?.remove(key) }
    }

    /// The keys of the rows that fit.
    mutating func keys(_ match: RowChanges.Match) -> [RowKey] {
        if let key = match.key(in: spec) {
            guard let row = rows[key], match.fits(row) else { return [] }
            return [key]
        }
        guard let column = match.columns.first, let value = match.values.first else { return Array(rows.keys) }
        return (index(column)[value] ?? []).filter { rows[$0].map(match.fits) ?? false }
    }

    private mutating func index(_ column: Int) -> [ColumnValue: Set<RowKey>] {
        if let known = indexes.first(where: { $0.column == column }) { return known.keys }
        var index = InMemoryTables.Index(column: column)
        for (key, row) in rows { index.keys[row[column], default: []].insert(key) }
        indexes.append(index)
        return index.keys
    }
}
