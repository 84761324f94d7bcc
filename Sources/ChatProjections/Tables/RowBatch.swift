/// Gathers the row changes of a page of events into as few set-wise steps as leave the tables as the changes would,
/// one after the other.
///
/// Changes are gathered in groups. In a group, conditions run first, then changes by key, of which there is at most one
/// for each key. Where that order would not give what the changes' own order gives, the group is closed and another
/// begun. Folds are such that this is rare.
public struct RowBatch: Sendable {
    fileprivate struct TableGroup: Sendable {
        let spec: TableSpec
        var conditions: [Conditions] = []
        /// In the order in which their keys were first named.
        var rows: [(key: RowKey, row: PendingRow)] = []
        /// Where they stand.
        var places: [RowKey: Int] = [:]
        /// The same by the value of their first column, once a condition has asked for that: few do.
        var placesByFirst: [ColumnValue: [Int]]?
    }

    private var finished: [RowStep] = []
    /// Of few tables: looking at each costs less than hashing. In the order in which they were first named.
    private var groups: [TableGroup] = []
    /// Rows of sources that pending rows will be filled from: they must not change before that.
    private var sources: [TableSpec: Set<RowKey>] = [:]

    /// No changes.
    public init() {}

    /// Whether there is nothing to do.
    public var isEmpty: Bool { finished.isEmpty && groups.isEmpty }

    /// Adds changes behind those gathered before.
    public mutating func add(_ changes: RowChanges) {
        for operation in changes.operations {
            if add(operation) { continue }
            close()
            let added = add(operation)
            precondition(added, "an empty group takes any change")
        }
    }

    /// The steps, in order. The batch is empty afterwards.
    public mutating func take() -> [RowStep] {
        close()
        let steps = finished
        finished = []
        return steps
    }

    /// False if the group must be closed first.
    private mutating func add(_ operation: RowChanges.Operation) -> Bool {
        switch operation {
        case .put(let table, let row), .append(let table, let row):
            return replace(table, table.key(of: row), .put(row))
        case .delete(let table, let key): return replace(table, key, .removed)
        case .insert(let table, let row): return insert(table, row)
        case .insertFrom(let table, let row, let filled, let source, let key, let column):
            return insert(
                table, RowStep.Filling(filled: filled, source: source, column: column),
                RowStep.FilledRow(row: row, source: key))
        case .patch(let table, let key, let patch): return change(table, key, patch)
        case .patchWhere(let table, let match, let patch): return condition(table, match, patch)
        case .deleteWhere(let table, let match): return condition(table, match, nil)
        case .strip(let table, let column, let match):
            guard groups.isEmpty else { return false }
            guard case .strip(table, column, let before)? = finished.last else {
                finished.append(.strip(table, column: column, [match]))
                return true
            }
            finished[finished.count - 1] = .strip(table, column: column, before + [match])
            return true
        }
    }

    private func isSource(_ table: TableSpec, _ key: RowKey) -> Bool { sources[table]?.contains(key) ?? false }

    private func group(_ table: TableSpec) -> Int? { groups.firstIndex { $0.spec === table } }

    private mutating func write(_ table: TableSpec, _ body: (inout TableGroup) -> Bool) -> Bool {
        if let place = group(table) { return body(&groups[place]) }
        groups.append(TableGroup(spec: table))
        return body(&groups[groups.count - 1])
    }

    private mutating func replace(_ table: TableSpec, _ key: RowKey, _ base: PendingRow.Base) -> Bool {
        guard !isSource(table, key) else { return false }
        return write(table) { $0.set(key, PendingRow(base: base)) }
    }

    private mutating func change(_ table: TableSpec, _ key: RowKey, _ patch: RowChanges.Patch) -> Bool {
        guard !isSource(table, key) else { return false }
        return write(table) { group in
            let place = group.place(of: key)
            return group.rows[place].row.add(patch)
        }
    }

    private mutating func insert(_ table: TableSpec, _ row: [ColumnValue]) -> Bool {
        let key = table.key(of: row)
        guard !isSource(table, key) else { return false }
        return write(table) { group in
            switch group.base(of: key) {
            case nil: group.set(key, PendingRow(base: .inserted(row)))
            case .removed: group.set(key, PendingRow(base: .put(row)))
            case .put, .inserted: true
            // Whether there is a row by now is known to the database only.
            case .stored, .insertedFrom: false
            }
        }
    }

    private mutating func insert(_ table: TableSpec, _ filling: RowStep.Filling, _ row: RowStep.FilledRow) -> Bool {
        if let group = group(filling.source), let base = groups[group].base(of: row.source) {
            switch base {
            case .put(let found):
                var whole = row.row
                for column in filling.filled { whole[column] = found[filling.column] }
                return insert(table, whole)
            case .removed: return true
            case .stored, .inserted, .insertedFrom: return false
            }
        }
        let key = table.key(of: row.row)
        guard !isSource(table, key) else { return false }
        let added = write(table) { group in
            switch group.base(of: key) {
            case nil: group.set(key, PendingRow(base: .insertedFrom(filling, row)))
            case .put, .inserted: true
            case .insertedFrom(let earlier, let same): earlier == filling && same == row
            case .stored, .removed: false
            }
        }
        if added { sources[filling.source, default: []].insert(row.source) }
        return added
    }

    private mutating func condition(
        _ table: TableSpec, _ match: RowChanges.Match, _ patch: RowChanges.Patch?
    ) -> Bool {
        guard sources[table] == nil else { return false }
        return write(table) { $0.add(match, patch) }
    }
}

extension RowBatch.TableGroup {
    /// What is known of a row; nil if nothing of this key is pending.
    func base(of key: RowKey) -> PendingRow.Base? { places[key].map { rows[$0].row.base } }

    /// Where the pending row of a key stands, which is one that only the database knows if there was none.
    mutating func place(of key: RowKey) -> Int {
        func taken(_ place: inout Int) -> Int { place }
        let place = taken(&places[key, default: rows.count])
        if place == rows.count {
            rows.append((key, PendingRow(base: .stored)))
            placesByFirst?[key.values.first ?? .null, default: []].append(place)
        }
        return place
    }

    mutating func set(_ key: RowKey, _ row: PendingRow) -> Bool {
        rows[place(of: key)].row = row
        return true
    }

    /// Where pending rows stand that a condition may concern.
    private mutating func candidates(_ match: RowChanges.Match) -> [Int] {
        if let key = match.key(in: spec) { return places[key].map { [$0] } ?? [] }
        guard let first = spec.keyColumns.first, let place = match.columns.firstIndex(of: first) else {
            return Array(rows.indices)
        }
        if placesByFirst == nil {
            placesByFirst = Dictionary(grouping: rows.indices) { rows[$0].key.values.first ?? .null }
        }
        return placesByFirst?[match.values[place]] ?? []
    }

    /// A condition runs ahead of the group's changes by key: pending rows that are known take it here, and those that
    /// are not must not differ by the order.
    mutating func add(_ match: RowChanges.Match, _ patch: RowChanges.Patch?) -> Bool {
        let touched = Set(match.columns).union(patch?.columns ?? [])
        var fitting: [Int] = []
        for place in candidates(match) {
            switch rows[place].row.base {
            case .put(let row): if match.fits(row) { fitting.append(place) }
            case .stored: if rows[place].row.patch.columns.contains(where: touched.contains) { return false }
            case .inserted, .insertedFrom: return false
            case .removed: continue
            }
        }
        for place in fitting {
            if let patch { _ = rows[place].row.add(patch) } else { rows[place].row = PendingRow(base: .removed) }
        }
        let next = Conditions(match, patch)
        if conditions.isEmpty || !conditions[conditions.count - 1].join(next) { conditions.append(next) }
        return true
    }
}

extension RowBatch {
    /// Closes the group: its steps are final.
    private mutating func close() {
        for group in groups { finished += group.conditions.map { $0.step(group.spec) } }
        for group in groups { finished += group.wholeRowSteps }
        for group in groups { finished += group.filledSteps }
        for group in groups { finished += group.patchSteps }
        groups = []
        sources = [:]
    }
}

extension RowBatch.TableGroup {
    var wholeRowSteps: [RowStep] {
        var removed: [RowKey] = []
        var put: [[ColumnValue]] = []
        var inserted: [[ColumnValue]] = []
        for (key, pending) in rows {
            switch pending.base {
            case .removed: removed.append(key)
            case .put(let row): put.append(row)
            case .inserted(let row): inserted.append(row)
            case .stored, .insertedFrom: continue
            }
        }
        var steps: [RowStep] = []
        if !removed.isEmpty { steps.append(.delete(spec, removed)) }
        if !put.isEmpty { steps.append(.put(spec, put)) }
        if !inserted.isEmpty { steps.append(.insert(spec, inserted)) }
        return steps
    }

    var filledSteps: [RowStep] {
        var shapes: [RowStep.Filling] = []
        var byShape: [RowStep.Filling: [RowStep.FilledRow]] = [:]
        for (_, pending) in rows {
            guard case .insertedFrom(let filling, let row) = pending.base else { continue }
            if byShape[filling] == nil { shapes.append(filling) }
            byShape[filling, default: []].append(row)
        }
        return shapes.map { .insertFrom(spec, $0, byShape[$0] ?? []) }
    }

    var patchSteps: [RowStep] {
        var shapes: [RowStep.PatchShape] = []
        var byShape: [RowStep.PatchShape: [RowStep.PatchedRow]] = [:]
        for (key, pending) in rows where !pending.patch.isEmpty {
            let (shape, values) = pending.patch.shaped
            if byShape[shape] == nil { shapes.append(shape) }
            byShape[shape, default: []].append(RowStep.PatchedRow(key: key, values: values))
        }
        return shapes.map { .patch(spec, $0, byShape[$0] ?? []) }
    }
}
