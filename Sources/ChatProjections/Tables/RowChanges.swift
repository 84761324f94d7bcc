/// What events do to read tables, in order. A fold names rows by their keys or by conditions; it never reads any.
public struct RowChanges: Sendable {
    /// What a patch does to one column.
    public enum Assignment: Sendable, Hashable {
        /// Takes this value.
        case set(ColumnValue)
        /// Grows by this; null stays null.
        case add(Int64)
        /// Grows to this if it is less or null.
        case raise(Int64)
        /// A text goes on with this; null stays null.
        case extend(String)
        /// Numbers go on with these; null stays null.
        case gather([Int32])
        /// Numbers go on with these, and then stand rising and each once; null stays null.
        case gatherLast([Int32])
    }

    /// Equality with a value (null equals null) in each of these columns.
    public struct Match: Sendable, Hashable {
        /// Columns, rising, with the values.
        public var columns: [Int]
        /// The values, in the order of the columns.
        public var values: [ColumnValue]

        /// Whether a row fits.
        public func fits(_ row: [ColumnValue]) -> Bool {
            for (column, value) in zip(columns, values) where row[column] != value { return false }
            return true
        }

        /// The key, if the columns hold a whole one.
        func key(in table: TableSpec) -> RowKey? {
            var values: [ColumnValue] = []
            for column in table.keyColumns {
                guard let place = columns.firstIndex(of: column) else { return nil }
                values.append(self.values[place])
            }
            return RowKey(values)
        }
    }

    /// Entries of a text that consists of such: `;` before each, `,` between its fields.
    public struct EntryMatch: Sendable, Hashable {
        /// What each field may be; nil: anything. Of letters and digits.
        public var fields: [[String]?]

        /// Entries with as many fields as these.
        public init(_ fields: [[String]?]) {
            self.fields = fields.map { words in words?.filter { $0.utf8.allSatisfy(Self.isPlain) } }
        }

        private static func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: false
            }
        }

        /// The text without them.
        func stripped(_ text: String) -> String {
            // Nearly no text has any of them, and a rebuild asks all that it holds.
            guard mayBeIn(text.utf8.span) else { return text }
            let entries = text.split(separator: ";")
            let kept = entries.filter { entry in
                let words = entry.split(separator: ",", omittingEmptySubsequences: false)
                guard words.count == fields.count else { return true }
                return !zip(words, fields).allSatisfy { word, wanted in wanted?.contains(String(word)) ?? true }
            }
            return kept.count == entries.count ? text : kept.map { ";" + $0 }.joined()
        }

        /// Whether one of the words of the field with the fewest stands anywhere, as a field does.
        private func mayBeIn(_ text: Span<UInt8>) -> Bool {
            guard let words = fields.compactMap({ $0 }).min(by: { $0.count < $1.count }) else { return true }
            return words.contains { word in
                let word = Array(word.utf8)
                return text.indices.contains { start in
                    start + word.count <= text.count && word.indices.allSatisfy { text[start + $0] == word[$0] }
                }
            }
        }

        /// The same as an expression of PostgreSQL's that fits each of them.
        public var expression: String {
            ";" + fields.map { $0.map { "(\($0.joined(separator: "|")))" } ?? "[^,;]*" }.joined(separator: ",")
                + "(?=;|$)"
        }
    }

    /// One change.
    public enum Operation: Sendable {
        /// The row stands there, whatever stood there before.
        case put(TableSpec, [ColumnValue])
        /// The row stands there; none with its key ever did.
        case append(TableSpec, [ColumnValue])
        /// The row stands there unless one with its key does.
        case insert(TableSpec, [ColumnValue])
        /// As `insert`, each of `filled` taken from another table's row; nothing happens if there is no such row.
        case insertFrom(TableSpec, [ColumnValue], filled: [Int], source: TableSpec, key: RowKey, column: Int)
        /// The row with the key is changed if there is one.
        case patch(TableSpec, RowKey, Patch)
        /// The row with the key is gone.
        case delete(TableSpec, RowKey)
        /// Each row that fits is changed.
        case patchWhere(TableSpec, Match, Patch)
        /// Each row that fits is gone.
        case deleteWhere(TableSpec, Match)
        /// In every row these entries of a column's text are gone.
        case strip(TableSpec, column: Int, EntryMatch)
    }

    /// The changes, in order.
    public private(set) var operations: [Operation] = []

    /// No changes.
    public init() {}

    /// Puts a whole row: every column of the table by its name, those left out null.
    public mutating func put(_ table: TableSpec, _ row: KeyValuePairs<String, ColumnValue>) {
        operations.append(.put(table, Self.row(table, row)))
    }

    /// Puts a whole row whose key no row had before: what is folded by heart need not ask what became of another one.
    public mutating func append(_ table: TableSpec, _ row: KeyValuePairs<String, ColumnValue>) {
        operations.append(.append(table, Self.row(table, row)))
    }

    /// The same of a row whose columns stand in the table's order: of the most frequent rows no column is looked up.
    public mutating func append(_ table: TableSpec, row: [ColumnValue]) {
        assert(row.count == table.columns.count, "a row has all columns of its table")
        operations.append(.append(table, row))
    }

    /// Puts a whole row unless one with its key stands there.
    public mutating func insert(_ table: TableSpec, _ row: KeyValuePairs<String, ColumnValue>) {
        operations.append(.insert(table, Self.row(table, row)))
    }

    /// As `insert`, the columns `filled` taken from the column `from` of the row of `source` with the key.
    public mutating func insert(
        _ table: TableSpec, _ row: KeyValuePairs<String, ColumnValue>, filling filled: [String], from column: String,
        of source: TableSpec, key: [ColumnValue]
    ) {
        operations.append(
            .insertFrom(
                table, Self.row(table, row), filled: filled.map(table.index(of:)), source: source, key: RowKey(key),
                column: source.index(of: column)))
    }

    /// Changes columns of the row with the key, if there is one. Key columns cannot be changed.
    public mutating func update(
        _ table: TableSpec, key: [ColumnValue], _ set: KeyValuePairs<String, Assignment>
    ) {
        operations.append(.patch(table, RowKey(key), Self.patch(table, set)))
    }

    /// Takes the row with the key away.
    public mutating func delete(_ table: TableSpec, key: [ColumnValue]) {
        operations.append(.delete(table, RowKey(key)))
    }

    /// Changes columns of each row that has these values. Key columns cannot be changed.
    public mutating func update(
        _ table: TableSpec, where match: KeyValuePairs<String, ColumnValue>, _ set: KeyValuePairs<String, ColumnValue>
    ) {
        var patch = Patch()
        for (name, value) in set { patch[table.index(of: name)] = .set(value) }
        operations.append(.patchWhere(table, Self.match(table, match), patch))
    }

    /// Takes each row that has these values away.
    public mutating func delete(_ table: TableSpec, where match: KeyValuePairs<String, ColumnValue>) {
        operations.append(.deleteWhere(table, Self.match(table, match)))
    }

    /// Takes entries out of a column's text, in every row.
    public mutating func strip(_ table: TableSpec, _ column: String, _ match: EntryMatch) {
        guard !match.fields.contains([]) else { return }
        operations.append(.strip(table, column: table.index(of: column), match))
    }

    /// Adds the changes of another one behind them.
    mutating func add(_ more: RowChanges) { operations += more.operations }

    /// Adds a change that is at hand as such.
    mutating func add(_ operation: Operation) { operations.append(operation) }

    private static func row(_ table: TableSpec, _ values: KeyValuePairs<String, ColumnValue>) -> [ColumnValue] {
        var row = [ColumnValue](repeating: .null, count: table.columns.count)
        for (name, value) in values { row[table.index(of: name)] = value }
        return row
    }

    private static func patch(_ table: TableSpec, _ set: KeyValuePairs<String, Assignment>) -> Patch {
        var patch = Patch()
        for (name, assignment) in set { patch[table.index(of: name)] = assignment }
        precondition(table.keyColumns.allSatisfy { patch[$0] == nil }, "a row keeps its key")
        return patch
    }

    private static func match(_ table: TableSpec, _ values: KeyValuePairs<String, ColumnValue>) -> Match {
        let sorted = values.map { (table.index(of: $0.key), $0.value) }.sorted { $0.0 < $1.0 }
        return Match(columns: sorted.map(\.0), values: sorted.map(\.1))
    }
}

extension RowChanges.Assignment {
    /// Changes the column's value; one that grows in place.
    func apply(to value: inout ColumnValue) {
        // What grows has no other owner meanwhile.
        switch (self, value) {
        case (.extend(let more), .text(var text)):
            value = .null
            text += more
            value = .text(text)
        case (.gather(let more), .integers(var numbers)):
            value = .null
            numbers += more
            value = .integers(numbers)
        default: value = applied(to: value)
        }
    }

    /// The column's value after it.
    func applied(to value: ColumnValue) -> ColumnValue {
        switch (self, value) {
        case (.set(let new), _): new
        case (.add(let more), .integer(let old)): .integer(old + more)
        case (.add, _): value
        case (.raise(let least), .integer(let old)): .integer(max(old, least))
        case (.raise(let least), _): .integer(least)
        case (.extend(let more), .text(let old)): .text(old + more)
        case (.gather(let more), .integers(let old)): .integers(old + more)
        case (.gatherLast(let more), .integers(let old)): .integers((old + more).risingOnce)
        case (.extend, _), (.gather, _), (.gatherLast, _): value
        }
    }
}

extension [Int32] {
    /// Rising, each once.
    var risingOnce: [Int32] {
        var rising = sorted()
        var kept = 0
        for number in rising where kept == 0 || rising[kept - 1] != number {
            rising[kept] = number
            kept += 1
        }
        rising.removeLast(rising.count - kept)
        return rising
    }
}
