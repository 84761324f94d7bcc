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
    public static func sorted(_ keys: some Sequence<RowKey>) -> [RowKey] { keys.sorted(by: precedes) }

    /// Below, at or above zero. Nulls come first; columns have one type, so the rest of the mixed cases is arbitrary.
    private static func compare(_ left: ColumnValue, _ right: ColumnValue) -> Int {
        switch (left, right) {
        case (.null, .null): 0
        case (.integer(let left), .integer(let right)), (.time(let left), .time(let right)):
            left == right ? 0 : left < right ? -1 : 1
        case (.boolean(let left), .boolean(let right)): left == right ? 0 : right ? -1 : 1
        case (.text(let left), .text(let right)): compare(left.utf8, right.utf8)
        default: rank(left) - rank(right)
        }
    }

    private static func compare(_ left: String.UTF8View, _ right: String.UTF8View) -> Int {
        if left.elementsEqual(right) { return 0 }
        return left.lexicographicallyPrecedes(right) ? -1 : 1
    }

    private static func rank(_ value: ColumnValue) -> Int {
        switch value {
        case .null: 0
        case .integer: 1
        case .text: 2
        case .boolean: 3
        case .time: 4
        }
    }
}
