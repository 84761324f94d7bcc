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

    /// A text, or null.
    public static func text(_ text: String?) -> ColumnValue {
        guard let text else { return .null }
        return .text(text)
    }

    /// The value as PostgreSQL's text form reads it; nil for null.
    public var sqlText: String? {
        switch self {
        case .null: nil
        case .integer(let number): String(number)
        case .text(let text): text
        case .boolean(let truth): truth ? "t" : "f"
        case .time(let microseconds): Timestamp.text(microseconds)
        }
    }

    /// Reads PostgreSQL's text form; nil if it is not of this type. Times must be in UTC and ISO style.
    public init?(sqlText: String?, type: ColumnType) {
        guard let sqlText else {
            self = .null
            return
        }
        switch type {
        case .bigint, .integer:
            guard let number = Int64(sqlText) else { return nil }
            self = .integer(number)
        case .text, .name: self = .text(sqlText)
        case .boolean:
            guard sqlText == "t" || sqlText == "f" else { return nil }
            self = .boolean(sqlText == "t")
        case .time:
            guard let microseconds = Timestamp.microseconds(sqlText) else { return nil }
            self = .time(microseconds)
        }
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

    /// As it stands in `create table`.
    public var sql: String {
        switch self {
        case .bigint: "bigint"
        case .integer: "integer"
        case .text: "text"
        case .name: "text collate \"C\""
        case .boolean: "boolean"
        case .time: "timestamptz"
        }
    }

    /// As it stands in a cast, without collation.
    public var castName: String { self == .name ? "text" : sql }
}
