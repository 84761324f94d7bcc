/// Conditions of one shape that one statement can carry out, because no row can meet two of them.
struct Conditions: Sendable {
    private var shape: RowStep.WhereShape
    private let deletes: Bool
    private var rows: [[ColumnValue]]
    /// The combinations of values asked for.
    private var asked: Set<[ColumnValue]>
    /// The values that rows take in columns that are also asked for: a row that changed must not meet another one.
    private var written: Set<ColumnValue> = []

    /// One condition. Its patch, if it has one, only sets.
    init(_ match: RowChanges.Match, _ patch: RowChanges.Patch?) {
        shape = RowStep.WhereShape(columns: [], nulls: [], set: [])
        var values: [ColumnValue] = []
        for (column, value) in zip(match.columns, match.values) {
            if value == .null {
                shape.nulls.append(column)
            } else {
                shape.columns.append(column)
                values.append(value)
            }
        }
        asked = [values]
        deletes = patch == nil
        for (column, assignment) in patch ?? RowChanges.Patch() {
            guard case .set(let value) = assignment else { preconditionFailure("a condition's patch only sets") }
            shape.set.append(column)
            values.append(value)
            if match.columns.contains(column) { written.insert(value) }
        }
        rows = [values]
    }

    /// Takes the other one in; false if it must have a statement of its own.
    mutating func join(_ other: Conditions) -> Bool {
        guard shape == other.shape, deletes == other.deletes, asked.isDisjoint(with: other.asked) else { return false }
        let compared = Set(other.asked.joined()).union(other.shape.nulls.isEmpty ? [] : [.null])
        guard written.isDisjoint(with: compared) else { return false }
        rows += other.rows
        asked.formUnion(other.asked)
        written.formUnion(other.written)
        return true
    }

    func step(_ table: TableSpec) -> RowStep {
        deletes ? .deleteWhere(table, shape, rows) : .patchWhere(table, shape, rows)
    }
}
