/// Read tables as dictionaries, for rebuilding aside, verifying and tests. Changes mean the same as in PostgreSQL.
public struct InMemoryTables: Sendable {
    fileprivate struct Table: Sendable {
        let spec: TableSpec
        var rows: [RowKey: [ColumnValue]] = [:]
        /// Made when a condition first asks for one, then kept.
        var indexes: [Index] = []
        /// What is done to rows that were taken out; nil while none was.
        var late: [RowKey: PendingRow]?
        /// Which of those are gone, whatever their keys.
        var lateMatches: [RowChanges.Match] = []
        /// What is taken out of their texts.
        var lateStrips: [LateStrip] = []
        /// About how many bytes the rows of a table that grows with messages take, with what is done to others.
        var weight = 0
        /// The latter's share.
        var lateWeight = 0
    }

    fileprivate struct LateStrip: Sendable {
        let column: Int
        let match: RowChanges.EntryMatch
    }

    /// The keys of the rows by the values of some columns.
    fileprivate struct Index: Sendable {
        let columns: [Int]
        var keys: [RowKey: Set<RowKey>] = [:]

        func values(_ row: [ColumnValue]) -> RowKey { RowKey(columns.map { row[$0] }) }
    }

    private var tables: [String: Table] = [:]

    /// Empty tables.
    public init(_ specs: [TableSpec]) {
        for spec in specs { tables[spec.name] = Table(spec: spec) }
    }

    /// The rows of a table by key.
    public func rows(_ table: TableSpec) -> [RowKey: [ColumnValue]] { tables[table.name]?.rows ?? [:] }

    /// About how many bytes the tables take that grow with messages.
    public var weight: Int { tables.values.reduce(0) { $0 + $1.weight } }

    /// Takes the rows of a table that grows with messages out, those that more is added to only at the end. What is done
    /// to them from now on is gathered.
    public mutating func takeRows(_ table: TableSpec, isLast: Bool = false) -> [RowKey: [ColumnValue]] {
        precondition(table.growsWithMessages, "rows of other tables are read again")
        var rows: [RowKey: [ColumnValue]] = [:]
        write(table) { table in
            swap(&rows, &table.rows)
            table.weight = table.lateWeight
            if let settled = table.spec.settledColumn, !isLast {
                table.rows = rows.filter { $0.value[settled] != .boolean(true) }
                for key in table.rows.keys { rows[key] = nil }
            }
            table.late = table.late ?? [:]
        }
        return rows
    }

    /// Whether what was done to rows that were taken out must be carried out before more rows are: some of them stand
    /// here again, or it takes much of the memory itself.
    public func isLate(_ table: TableSpec) -> Bool {
        guard let table = tables[table.name], let late = table.late else { return false }
        guard table.lateMatches.isEmpty, table.lateStrips.isEmpty else { return true }
        guard !late.isEmpty else { return false }
        return table.lateWeight > table.weight / 2 || late.keys.contains { table.rows[$0] != nil }
    }

    /// Takes what was done to rows that were taken out. Carry it out before rows that are taken later are put back.
    public mutating func takeLateSteps(_ table: TableSpec) -> [RowStep] {
        var late: [RowKey: PendingRow] = [:]
        var matches: [RowChanges.Match] = []
        var strips: [LateStrip] = []
        write(table) { table in
            guard table.late != nil else { return }
            late = table.late ?? [:]
            table.late = [:]
            table.weight -= table.lateWeight
            table.lateWeight = 0
            swap(&matches, &table.lateMatches)
            swap(&strips, &table.lateStrips)
        }
        return PendingRow.steps(table, late) + matches.map { Conditions($0, nil).step(table) }
            + Dictionary(grouping: strips, by: \.column).sorted { $0.key < $1.key }
            .map { .strip(table, column: $0.key, $0.value.map(\.match)) }
    }

    /// Applies changes in their order.
    public mutating func apply(_ changes: RowChanges) {
        for operation in changes.operations { apply(operation) }
    }

    private mutating func apply(_ operation: RowChanges.Operation) {
        switch operation {
        case .put(let table, let row): write(table) { $0.put(row, isNew: false) }
        case .append(let table, let row): write(table) { $0.put(row, isNew: true) }
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
            write(table) { $0.remove(where: match) }
        case .strip(let table, let column, let match): write(table) { $0.strip(column, match) }
        }
    }

    private mutating func write(_ spec: TableSpec, _ body: (inout Table) -> Void) {
        body(&tables[spec.name, default: Table(spec: spec)])
    }
}

extension InMemoryTables.Table {
    mutating func put(_ row: [ColumnValue], isNew: Bool) {
        let key = spec.key(of: row)
        let old = rows.updateValue(row, forKey: key)
        if spec.growsWithMessages {
            weight += counted(row) - (old.map(counted) ?? 0)
            if !isNew, old == nil { removeLate(key) }
        }
        // In place: a copy of an index for each row would be quadratic.
        for place in indexes.indices {
            if let old {
                if indexes[place].columns.allSatisfy({ old[$0] == row[$0] }) { continue }
                indexes[place].remove(key, old)
            }
            indexes[place].keys[indexes[place].values(row), default: []].insert(key)
        }
    }

    mutating func insert(_ row: [ColumnValue]) {
        precondition(late == nil, "whether a row stands there is not known any more")
        if rows[spec.key(of: row)] == nil { put(row, isNew: false) }
    }

    mutating func change(_ key: RowKey, _ patch: RowChanges.Patch) {
        guard let place = rows.index(forKey: key) else { return changeLate(key, patch) }
        guard indexes.allSatisfy({ $0.columns.allSatisfy { patch[$0] == nil } }) else {
            var row = rows.values[place]
            for (column, assignment) in patch { row[column] = assignment.applied(to: row[column]) }
            return put(row, isNew: true)
        }
        // In place: one lookup, and nothing is allocated.
        if spec.growsWithMessages { weight -= counted(rows.values[place]) }
        for (column, assignment) in patch { assignment.apply(to: &rows.values[place][column]) }
        if spec.growsWithMessages { weight += counted(rows.values[place]) }
    }

    mutating func remove(_ key: RowKey) {
        guard let old = rows.removeValue(forKey: key) else { return removeLate(key) }
        if spec.growsWithMessages { weight -= counted(old) }
        for place in indexes.indices { indexes[place].remove(key, old) }
    }

    mutating func strip(_ column: Int, _ match: RowChanges.EntryMatch) {
        precondition(indexes.allSatisfy { !$0.columns.contains(column) }, "no condition compares texts of entries")
        for place in rows.values.indices {
            guard case .text(let text) = rows.values[place][column] else { continue }
            let left = match.stripped(text)
            guard left.utf8.count < text.utf8.count else { continue }
            if spec.growsWithMessages { weight -= counted(rows.values[place]) }
            rows.values[place][column] = .text(left)
            if spec.growsWithMessages { weight += counted(rows.values[place]) }
        }
        if late != nil { lateStrips.append(InMemoryTables.LateStrip(column: column, match: match)) }
    }

    /// Of rows that were taken out none is known, so the condition is kept for them.
    mutating func remove(where match: RowChanges.Match) {
        guard late != nil, match.key(in: spec) == nil else {
            for key in keys(match) { remove(key) }
            return
        }
        for (key, row) in rows where match.fits(row) { remove(key) }
        lateMatches.append(match)
    }

    /// The keys of the rows that fit.
    mutating func keys(_ match: RowChanges.Match) -> [RowKey] {
        if let key = match.key(in: spec) {
            guard let row = rows[key], match.fits(row) else { return [] }
            return [key]
        }
        precondition(late == nil, "rows that were taken out cannot be compared")
        guard !match.columns.isEmpty else { return Array(rows.keys) }
        // By what never changes in a row, if any of it is compared: a user has many streams, and one of this name.
        let compared = match.columns.filter(spec.keyColumns.contains)
        let columns = compared.isEmpty ? [match.columns[0]] : compared
        let values = columns.compactMap { column in match.columns.firstIndex(of: column).map { match.values[$0] } }
        return (index(columns)[RowKey(values)] ?? []).filter { rows[$0].map(match.fits) ?? false }
    }

    private mutating func index(_ columns: [Int]) -> [RowKey: Set<RowKey>] {
        if let known = indexes.first(where: { $0.columns == columns }) { return known.keys }
        var index = InMemoryTables.Index(columns: columns)
        for (key, row) in rows { index.keys[index.values(row), default: []].insert(key) }
        indexes.append(index)
        return index.keys
    }
}

extension InMemoryTables.Index {
    fileprivate mutating func remove(_ key: RowKey, _ row: [ColumnValue]) {
        let values = values(row)
        keys[values]?.remove(key)
        if keys[values]?.isEmpty ?? false { keys[values] = nil }
    }
}

extension InMemoryTables.Table {
    /// About how many bytes are free once the row is taken out.
    fileprivate func counted(_ row: [ColumnValue]) -> Int {
        if let settled = spec.settledColumn, row[settled] != .boolean(true) { return 0 }
        return PendingRow.weight(row)
    }

    /// Whatever row of this key was taken out, it is gone.
    fileprivate mutating func removeLate(_ key: RowKey) {
        guard late != nil else { return }
        weighLate(key, PendingRow(base: .removed))
    }

    fileprivate mutating func changeLate(_ key: RowKey, _ patch: RowChanges.Patch) {
        guard late != nil else { return }
        var row = late?[key] ?? PendingRow(base: .stored)
        let added = row.add(patch)
        precondition(added, "columns of a table that grows with messages are only set or grow")
        weighLate(key, row)
    }

    private mutating func weighLate(_ key: RowKey, _ row: PendingRow) {
        let old = late?.updateValue(row, forKey: key)
        let more = row.weight(key) - (old?.weight(key) ?? 0)
        weight += more
        lateWeight += more
    }
}
