/// One set-wise change of one table: what a database does in one statement. Its rows have different keys or conditions.
public enum RowStep: Sendable, Hashable {
    /// Each row that has one of these combinations of values takes the values beside it.
    case patchWhere(TableSpec, WhereShape, [[ColumnValue]])
    /// Each row that has one of these combinations of values is gone.
    case deleteWhere(TableSpec, WhereShape, [[ColumnValue]])
    /// The rows with these keys are gone.
    case delete(TableSpec, [RowKey])
    /// These rows stand there, whatever stood there before.
    case put(TableSpec, [[ColumnValue]])
    /// These rows stand there unless one with the same key does.
    case insert(TableSpec, [[ColumnValue]])
    /// As `insert`; the values to be filled in are taken from the source's row with the key.
    case insertFrom(TableSpec, Filling, [FilledRow])
    /// The rows with these keys, where there are any, are changed.
    case patch(TableSpec, PatchShape, [PatchedRow])

    /// These entries of a column's text are gone.
    case strip(TableSpec, column: Int, [RowChanges.EntryMatch])

    /// What the conditions of one statement have in common. A row of values: those of `columns`, then those of `set`.
    public struct WhereShape: Sendable, Hashable {
        /// The columns compared with a value.
        public var columns: [Int]
        /// The columns that must be null.
        public var nulls: [Int]
        /// The columns that take a value.
        public var set: [Int]
    }

    /// Where the values come from.
    public struct Filling: Sendable, Hashable {
        /// The columns to be filled.
        public var filled: [Int]
        /// The table read.
        public var source: TableSpec
        /// Its column.
        public var column: Int
    }

    /// A row to be filled in.
    public struct FilledRow: Sendable, Hashable {
        /// The row, null where it is to be filled in.
        public var row: [ColumnValue]
        /// The key of the source's row.
        public var source: RowKey
    }

    /// What the patches of one statement have in common.
    public struct PatchShape: Sendable, Hashable {
        /// What is done to a column.
        public enum Kind: Sendable, Hashable {
            case set
            case add
            case raise
            case extend
            case gather
            case gatherLast
        }
        /// The columns, rising.
        public var columns: [Int]
        /// What is done to each.
        public var kinds: [Kind]
    }

    /// A patch of one row.
    public struct PatchedRow: Sendable, Hashable {
        /// Its key.
        public var key: RowKey
        /// The values, in the order of the shape's columns.
        public var values: [ColumnValue]
    }
}

extension TableSpec: Hashable {
    /// Specs are compared by identity: each stands in one place.
    public static func == (left: TableSpec, right: TableSpec) -> Bool { left === right }

    /// By identity.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension RowChanges.Patch {
    /// The shape, and the values in its order.
    var shaped: (shape: RowStep.PatchShape, values: [ColumnValue]) {
        var shape = RowStep.PatchShape(columns: [], kinds: [])
        var values: [ColumnValue] = []
        for (column, assignment) in self {
            shape.columns.append(column)
            switch assignment {
            case .set(let value):
                shape.kinds.append(.set)
                values.append(value)
            case .add(let number):
                shape.kinds.append(.add)
                values.append(.integer(number))
            case .raise(let number):
                shape.kinds.append(.raise)
                values.append(.integer(number))
            case .extend(let text):
                shape.kinds.append(.extend)
                values.append(.text(text))
            case .gather(let numbers):
                shape.kinds.append(.gather)
                values.append(.integers(numbers))
            case .gatherLast(let numbers):
                shape.kinds.append(.gatherLast)
                values.append(.integers(numbers))
            }
        }
        return (shape, values)
    }
}
