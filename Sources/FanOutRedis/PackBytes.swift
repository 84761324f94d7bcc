/// Writes what a pack is made of: numbers of fixed width, the most significant byte first, and bytes behind their count.
struct PackWriter {
    private(set) var bytes: [UInt8] = []

    mutating func number(_ number: some FixedWidthInteger) {
        for shift in stride(from: type(of: number).bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// Bytes as they are.
    mutating func raw(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    /// Makes room for so many bytes.
    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

    mutating func text(_ text: some Collection<UInt8>) {
        number(UInt32(text.count))
        bytes.append(contentsOf: text)
    }
}

/// Reads the same, and believes no count.
struct PackReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(BrokenPack) -> Number {
        try take(Number.bitWidth / 8).reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    mutating func text() throws(BrokenPack) -> ArraySlice<UInt8> { try take(Int(number(UInt32.self))) }

    private mutating func take(_ count: Int) throws(BrokenPack) -> ArraySlice<UInt8> {
        guard rest.count >= count else { throw BrokenPack() }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}

/// Bytes that are no pack of this form.
package struct BrokenPack: Error {}
