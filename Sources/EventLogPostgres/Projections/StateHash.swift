public import ChatProjections
import Sealing

/// What all rows of a projection come to, as 32 bytes: BLAKE2b over the tables in their order, each with its name, its
/// columns and its rows in the order of `RowOrder`.
///
/// Equal rows give equal hashes, wherever they stand: in memory or in a set of any number, on any server, put there in
/// any order by any number of workers. Neither position nor version of the projection is part of it.
public struct StateHash: Sendable, Hashable, CustomStringConvertible {
    /// The hash.
    public let bytes: [UInt8]

    /// In hexadecimal digits.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Of a projection's tables as they stand in memory.
    public init(of kind: any Projection.Type, in tables: InMemoryTables) {
        self.init(of: kind) { tables.rows($0) }
    }

    /// Of a projection's rows.
    public init(of kind: any Projection.Type, rows: (TableSpec) -> [RowKey: [ColumnValue]]) {
        var hasher = StateHasher(kind)
        for table in kind.tables {
            let rows = rows(table)
            hasher.begin(table)
            for key in RowOrder.sorted(rows.keys) { if let row = rows[key] { hasher.add(row) } }
            hasher.end()
        }
        self = hasher.finish()
    }
}

/// Makes a state hash of rows that come one by one, in the order of their keys.
struct StateHasher: ~Copyable {
    private var digest = RunningDigest()
    /// What the digest has not had yet.
    private var bytes = StateEncoding()

    /// Bytes given to the digest at once.
    private static let piece = 64 * 1024

    init(_ kind: any Projection.Type) {
        // Whoever changes the encoding changes this name.
        bytes.append("parley state 1")
        bytes.append(kind.name)
    }

    mutating func begin(_ table: TableSpec) {
        bytes.append(table.name)
        bytes.append(UInt64(table.columns.count))
        for column in table.columns {
            bytes.append(column.name)
            bytes.append(column.type.kind)
        }
    }

    mutating func add(_ row: [ColumnValue]) {
        bytes.append(StateEncoding.row)
        for value in row { bytes.append(value) }
        if bytes.count >= Self.piece { digest.update(bytes.take()) }
    }

    /// Ends the table.
    mutating func end() { bytes.append(StateEncoding.end) }

    consuming func finish() -> StateHash {
        digest.update(bytes.take())
        return StateHash(bytes: digest.finish())
    }
}

/// Values as bytes of which no two sequences are alike: each says its kind, and a text its length.
private struct StateEncoding {
    static let end: UInt8 = 0
    static let row: UInt8 = 1
    private var bytes: [UInt8] = []

    var count: Int { bytes.count }

    mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    mutating func append(_ number: UInt64) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    mutating func append(_ text: String) {
        append(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(_ value: ColumnValue) {
        switch value {
        case .null: append(UInt8(0))
        case .integer(let number):
            append(UInt8(1))
            append(UInt64(bitPattern: number))
        case .text(let text):
            append(UInt8(2))
            append(text)
        case .boolean(let truth):
            append(UInt8(3))
            append(UInt8(truth ? 1 : 0))
        case .time(let microseconds):
            append(UInt8(4))
            append(UInt64(bitPattern: microseconds))
        case .integers(let numbers):
            append(UInt8(5))
            append(UInt64(numbers.count))
            for number in numbers { append(UInt64(bitPattern: Int64(number))) }
        }
    }
}

extension ColumnType {
    /// What a column holds, whatever its size and collation.
    fileprivate var kind: String {
        switch self {
        case .bigint, .integer: "integer"
        case .text, .name: "text"
        case .boolean: "boolean"
        case .time: "time"
        case .integers: "integers"
        }
    }
}
