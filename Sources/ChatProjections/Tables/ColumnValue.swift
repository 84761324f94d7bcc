/// What stands in one column of one row.
public enum ColumnValue: Sendable, Hashable {
    /// Nothing.
    case null
    /// A `bigint` or `integer`.
    case integer(Int64)
    /// A `text`; never holds U+0000, which PostgreSQL cannot store.
    case text(String)
    /// A `boolean`.
    case boolean(Bool)
    /// A `timestamptz`: microseconds since 1970 UTC.
    case time(Int64)
    /// An `integer[]` without nulls.
    case integers([Int32])

    /// A text, or null.
    public static func text(_ text: String?) -> ColumnValue {
        guard let text else { return .null }
        return .text(text)
    }

    /// The value as PostgreSQL's text form shows it in UTC; nil for null.
    public var sqlText: String? {
        switch self {
        case .null: nil
        case .integer(let number): String(number)
        case .text(let text): text
        case .boolean(let truth): truth ? "t" : "f"
        case .time(let microseconds): Timestamp.text(microseconds)
        case .integers(let numbers): Self.sqlText(numbers)
        }
    }

    private static func sqlText(_ numbers: [Int32]) -> String {
        var text = [UInt8(ascii: "{")]
        text.reserveCapacity(2 + 12 * numbers.count)
        for (index, number) in numbers.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text.append(decimal: Int64(number))
        }
        text.append(UInt8(ascii: "}"))
        return String(decoding: text, as: UTF8.self)
    }
}

/// The type of a column.
public enum ColumnType: Sendable, Hashable {
    case bigint
    case integer
    /// Text in the database's collation.
    case text
    /// Text compared byte by byte: names of streams, nodes, sessions.
    case name
    case boolean
    case time
    /// Integers of 32 bits, none of them null.
    case integers

    /// As it stands in `create table`.
    public var sql: String {
        switch self {
        case .bigint: "bigint"
        case .integer: "integer"
        case .text: "text"
        case .name: "text collate \"C\""
        case .boolean: "boolean"
        case .time: "timestamptz"
        case .integers: "integer[]"
        }
    }
}
