/// Writes numbers with the most significant byte first, and cells with their length ahead of them.
struct BigEndianWriter {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ number: some FixedWidthInteger) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    mutating func add(_ more: [UInt8]) { bytes += more }

    /// A length of 32 bits and the bytes; -1 and no bytes for nothing.
    mutating func addCell(_ cell: [UInt8]?) {
        add(Int32(cell?.count ?? -1))
        bytes += cell ?? []
    }

    mutating func addCell<Number: FixedWidthInteger>(_ number: Number?) {
        add(Int32(number == nil ? -1 : Number.bitWidth / 8))
        if let number { add(number) }
    }
}

/// Reads what ``BigEndianWriter`` writes; gives nil behind the end.
struct BigEndianReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    /// A signed number of up to eight bytes.
    mutating func number(of count: Int) -> Int64? {
        guard (1...8).contains(count), rest.count >= count, let first = rest.first else { return nil }
        let value = rest.prefix(count).dropFirst().reduce(Int64(Int8(bitPattern: first))) { $0 << 8 | Int64($1) }
        rest = rest.dropFirst(count)
        return value
    }

    /// A cell, whose bytes are nil for null.
    mutating func cell() -> (bytes: [UInt8]?, Void)? {
        guard let length = number(of: 4) else { return nil }
        if length == -1 { return (nil, ()) }
        guard length >= 0, rest.count >= length else { return nil }
        let bytes = Array(rest.prefix(Int(length)))
        rest = rest.dropFirst(Int(length))
        return (bytes, ())
    }
}
