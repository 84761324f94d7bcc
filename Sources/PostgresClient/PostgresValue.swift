/// 16 bytes in network order.
public struct PostgresUUID: Sendable, Hashable {
    /// The first eight bytes.
    public var high: UInt64
    /// The last eight bytes.
    public var low: UInt64

    /// Puts the two halves together.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// A parameter of a statement. Sent in PostgreSQL's binary format, with its type.
///
/// The type is part of the statement's cache entry, so use the same case for the same parameter.
public enum PostgresValue: Sendable {
    /// NULL of whatever type the statement expects.
    case null
    /// boolean
    case bool(Bool)
    /// smallint
    case int2(Int16)
    /// integer
    case int4(Int32)
    /// bigint
    case int8(Int64)
    /// double precision
    case double(Double)
    /// text; must not hold U+0000
    case text(String)
    /// bytea
    case bytes([UInt8])
    /// uuid
    case uuid(PostgresUUID)
    /// timestamptz, in microseconds since the Unix epoch
    case timestamptz(Int64)
    /// JSON text, for a parameter of type json or jsonb
    case json(String)
    /// boolean[]
    case boolArray([Bool?])
    /// smallint[]
    case int2Array([Int16?])
    /// integer[]
    case int4Array([Int32?])
    /// integer[] without nulls, of any length
    case int4s([Int32])
    /// bigint[]
    case int8Array([Int64?])
    /// text[]
    case textArray([String?])
    /// bytea[]
    case byteaArray([[UInt8]?])
    /// uuid[]
    case uuidArray([PostgresUUID?])
    /// timestamptz[], in microseconds since the Unix epoch
    case timestamptzArray([Int64?])
}

/// Object identifiers of PostgreSQL's built-in types (src/include/catalog/pg_type.dat).
enum TypeIdentifier {
    static let unspecified: UInt32 = 0
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let float8: UInt32 = 701
    static let timestamptz: UInt32 = 1184
    static let uuid: UInt32 = 2950
    static let boolArray: UInt32 = 1000
    static let byteaArray: UInt32 = 1001
    static let int2Array: UInt32 = 1005
    static let int4Array: UInt32 = 1007
    static let textArray: UInt32 = 1009
    static let int8Array: UInt32 = 1016
    static let timestamptzArray: UInt32 = 1185
    static let uuidArray: UInt32 = 2951
}

extension PostgresValue {
    var type: UInt32 {
        switch self {
        case .null, .json: TypeIdentifier.unspecified
        case .bool: TypeIdentifier.bool
        case .int2: TypeIdentifier.int2
        case .int4: TypeIdentifier.int4
        case .int8: TypeIdentifier.int8
        case .double: TypeIdentifier.float8
        case .text: TypeIdentifier.text
        case .bytes: TypeIdentifier.bytea
        case .uuid: TypeIdentifier.uuid
        case .timestamptz: TypeIdentifier.timestamptz
        case .boolArray: TypeIdentifier.boolArray
        case .int2Array: TypeIdentifier.int2Array
        case .int4Array, .int4s: TypeIdentifier.int4Array
        case .int8Array: TypeIdentifier.int8Array
        case .textArray: TypeIdentifier.textArray
        case .byteaArray: TypeIdentifier.byteaArray
        case .uuidArray: TypeIdentifier.uuidArray
        case .timestamptzArray: TypeIdentifier.timestamptzArray
        }
    }

    /// JSON travels as text, which json and jsonb both read; their binary forms differ.
    var isText: Bool {
        if case .json = self { true } else { false }
    }
}
