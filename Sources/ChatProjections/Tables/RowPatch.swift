extension RowChanges {
    /// A change of some columns, by their places in the table. There are few of them, so they stand in a row: a
    /// dictionary would cost a rebuild more than the lookup of the changed row does.
    public struct Patch: Sendable, Hashable, Sequence {
        private struct Entry: Sendable, Hashable {
            let column: Int
            var assignment: Assignment
        }

        /// By rising columns.
        private var entries: [Entry] = []

        /// Changes nothing.
        public init() {}

        /// Whether it changes nothing.
        public var isEmpty: Bool { entries.isEmpty }
        /// The columns, rising.
        public var columns: [Int] { entries.map(\.column) }

        /// What is done to a column.
        public subscript(column: Int) -> Assignment? {
            get { entries.first { $0.column == column }?.assignment }
            set {
                // Mostly they come by rising columns.
                if let newValue, entries.last.map({ $0.column < column }) ?? true {
                    return entries.append(Entry(column: column, assignment: newValue))
                }
                let place = entries.firstIndex { $0.column >= column } ?? entries.count
                let isThere = place < entries.count && entries[place].column == column
                switch (newValue, isThere) {
                case (let value?, true): entries[place].assignment = value
                case (let value?, false): entries.insert(Entry(column: column, assignment: value), at: place)
                case (nil, true): entries.remove(at: place)
                case (nil, false): return
                }
            }
        }

        /// Columns and what is done to them, by rising columns.
        public struct Iterator: IteratorProtocol {
            private var entries: IndexingIterator<[Entry]>
            fileprivate init(_ patch: Patch) { entries = patch.entries.makeIterator() }
            /// The next column.
            public mutating func next() -> (column: Int, assignment: Assignment)? {
                entries.next().map { ($0.column, $0.assignment) }
            }
        }

        /// Goes through the columns.
        public func makeIterator() -> Iterator { Iterator(self) }
    }
}
