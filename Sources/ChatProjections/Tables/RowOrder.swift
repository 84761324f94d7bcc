/// How rows are ordered and told apart where they are proved: by key, texts byte by byte, as PostgreSQL's collation "C"
/// does it. A `String` of Swift equals another one that Unicode calls equivalent; PostgreSQL's text does not.
public enum RowOrder {
    /// Whether the first key comes before the second one of the same table.
    public static func precedes(_ left: RowKey, _ right: RowKey) -> Bool {
        for (one, other) in zip(left.values, right.values) {
            switch compare(one, other) {
            case ..<0: return true
            case 0: continue
            default: return false
            }
        }
        return false
    }

    /// Whether both are the same, to the byte.
    public static func areSame(_ left: ColumnValue?, _ right: ColumnValue?) -> Bool {
        switch (left, right) {
        case (nil, nil): true
        case (let left?, let right?): compare(left, right) == 0
        default: false
        }
    }

    /// The keys of rows in this order.
    public static func sorted(_ keys: some Sequence<RowKey>) -> [RowKey] {
        let keys = Array(keys)
        // Nearly all comparisons are decided by four numbers, without looking at the keys.
        var places = keys.indices.map { Place(keys[$0], index: $0) }
        places.sort { left, right in
            if left.first != right.first { return left.first < right.first }
            if left.second != right.second { return left.second < right.second }
            if left.third != right.third { return left.third < right.third }
            if left.fourth != right.fourth { return left.fourth < right.fourth }
            return precedes(keys[left.index], keys[right.index])
        }
        return places.map { keys[$0.index] }
    }

    /// A key by its first 32 bytes, in a form in which bytes are ordered as keys are: so many hold a conversation of two
    /// with a number behind it.
    private struct Place {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var fourth: UInt64 = 0
        let index: Int
        private static let width = 32

        init(_ key: RowKey, index: Int) {
            self.index = index
            var count = 0
            for value in key.values {
                switch value {
                case .integer(let number), .time(let number):
                    append(UInt64(bitPattern: number) ^ (1 << 63), bytes: 8, &count)
                case .text(let text):
                    for byte in text.utf8.prefix(Self.width - count) { append(UInt64(byte), bytes: 1, &count) }
                    // Below every byte of a longer text, for none holds U+0000.
                    append(0, bytes: 1, &count)
                case .boolean(let truth): append(truth ? 1 : 0, bytes: 1, &count)
                // Keys hold none of these; what follows is left to the comparison of the keys.
                case .null, .integers: return
                }
                if count >= Self.width { return }
            }
        }

        /// As many of the bytes of a number as there is room for.
        private mutating func append(_ number: UInt64, bytes: Int, _ count: inout Int) {
            var rest = bytes
            while rest > 0, count < Self.width {
                rest -= 1
                let byte = ((number >> UInt64(8 * rest)) & 0xFF) << UInt64(8 * (7 - count % 8))
                switch count / 8 {
                case 0: first |= byte
                case 1: second |= byte
                case 2: third |= byte
                default: fourth |= byte
                }
                count += 1
            }
        }
    }

    /// Below, at or above zero. Nulls come first; columns have one type, so the rest of the mixed cases is arbitrary.
    private static func compare(_ left: ColumnValue, _ right: ColumnValue) -> Int {
        switch (left, right) {
        case (.null, .null): 0
        case (.integer(let left), .integer(let right)), (.time(let left), .time(let right)):
            left == right ? 0 : left < right ? -1 : 1
        case (.boolean(let left), .boolean(let right)): left == right ? 0 : right ? -1 : 1
        case (.text(let left), .text(let right)): compare(left.utf8, right.utf8)
        case (.integers(let left), .integers(let right)):
            left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
        default: rank(left) - rank(right)
        }
    }

    private static func compare(_ left: String.UTF8View, _ right: String.UTF8View) -> Int {
        let (left, right) = (left.span, right.span)
        for place in 0..<min(left.count, right.count) where left[place] != right[place] {
            return left[place] < right[place] ? -1 : 1
        }
        return left.count - right.count
    }

    private static func rank(_ value: ColumnValue) -> Int {
        switch value {
        case .null: 0
        case .integer: 1
        case .text: 2
        case .boolean: 3
        case .time: 4
        case .integers: 5
        }
    }
}
