/// A read table as a projection declares it: the stored one is named after it and the number of its set.
public final class TableSpec: Sendable {
    /// A column.
    public struct Column: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Its type.
        public var type: ColumnType
        /// Whether it may be null.
        public var nullable: Bool
        /// A column.
        public init(_ name: String, _ type: ColumnType, nullable: Bool = false) {
            self.name = name
            self.type = type
            self.nullable = nullable
        }
    }

    /// A further index.
    public struct Index: Sendable, Hashable {
        /// What stands in its parentheses.
        public var columns: String
        /// Of which rows; nil for all.
        public var condition: String?
        /// The kind of index; nil for a B-tree.
        public var method: String?
        /// An index.
        public init(_ columns: String, where condition: String? = nil, method: String? = nil) {
            self.columns = columns
            self.condition = condition
            self.method = method
        }
    }

    /// The name of the view that shows the live set.
    public let name: String
    /// The columns, in order.
    public let columns: [Column]
    /// Where in `columns` the key's columns stand, in the key's order.
    public let keyColumns: [Int]
    /// Further indexes.
    public let indexes: [Index]
    /// How full pages are made, in percent: room for updates that stay on the page.
    public let fillfactor: Int
    /// Whether it gains rows with messages, so that a fold of the whole log cannot hold all of them in memory. Its rows
    /// are only put, changed and removed by their keys, columns only set or grown; or removed by columns that never
    /// change, when no row that fits comes any more.
    public let growsWithMessages: Bool
    /// The column that says of a row of such a table that no event adds to it any more. A fold keeps the others.
    public let settledColumn: Int?

    /// A table. The key names columns of the table.
    public init(
        _ name: String, key: [String], _ columns: [Column], indexes: [Index] = [], fillfactor: Int = 100,
        growsWithMessages: Bool = false, settled: String? = nil
    ) {
        settledColumn = settled.map { name in
            guard let index = columns.firstIndex(where: { $0.name == name }) else {
                preconditionFailure("what settles a row is a column of its table")
            }
            return index
        }
        self.growsWithMessages = growsWithMessages
        self.name = name
        self.columns = columns
        self.keyColumns = key.map { name in
            guard let index = columns.firstIndex(where: { $0.name == name }) else {
                preconditionFailure("a key's column is a column of its table")
            }
            return index
        }
        self.indexes = indexes
        self.fillfactor = fillfactor
    }

    /// Where a column stands. The name must be one of the table's.
    public func index(of column: String) -> Int {
        guard let index = columns.firstIndex(where: { $0.name == column }) else {
            preconditionFailure("table \(name) has no column \(column)")
        }
        return index
    }

    /// The key of a whole row.
    public func key(of row: [ColumnValue]) -> RowKey { RowKey(keyColumns.map { row[$0] }) }

    /// Where the columns that are not of the key stand.
    public var otherColumns: [Int] { columns.indices.filter { !keyColumns.contains($0) } }

    /// The table of a set as it is stored, without its schema.
    public func storedName(set: Int) -> String { "\(name)_\(set)" }
}

/// The values of a row's key columns, in the key's order.
public struct RowKey: Sendable, Hashable {
    /// The values.
    public var values: [ColumnValue]
    /// A key.
    public init(_ values: [ColumnValue]) { self.values = values }

    /// Of the values alone: those of a column are of one kind.
    public func hash(into hasher: inout Hasher) {
        for value in values {
            switch value {
            case .null: hasher.combine(0 as UInt8)
            case .integer(let number), .time(let number): hasher.combine(number)
            case .boolean(let truth): hasher.combine(truth)
            case .text(let text): hasher.combine(text)
            case .integers(let numbers): hasher.combine(numbers)
            }
        }
    }
}

/// A view over live read tables.
public struct ViewSpec: Sendable {
    /// Where it lives: those of `chatRead` are made before those of `chat`, which may read them.
    public enum Schema: String, Sendable {
        case chatRead = "chat_read"
        case chat
    }
    /// Its schema.
    public var schema: Schema
    /// Its name.
    public var name: String
    /// The query.
    public var query: String
    /// A view.
    public init(_ schema: Schema, _ name: String, _ query: String) {
        self.schema = schema
        self.name = name
        self.query = query
    }
}
