/// What a message's text begins with: enough to check and to time it wherever it arrives.
struct Stamp: Equatable {
    /// The run that sent it; another run's messages are not counted.
    var run: Int
    /// The sender's number among the clients.
    var sender: Int
    /// The message's number among the sender's, from 0.
    var number: Int
    /// When it was to leave, in nanoseconds of the generator's clock.
    var intended: Int64

    private static let mark = UInt8(ascii: "b")
    private static let space = UInt8(ascii: " ")

    /// Reads the stamp from a range of `bytes`; nil if there is none.
    static func read(_ bytes: [UInt8], _ range: Range<Int>) -> Stamp? {
        guard let first = range.first, bytes[first] == mark else { return nil }
        var index = first + 1
        guard let run = Decimal.read(bytes, &index, end: range.upperBound, until: space),
            let sender = Decimal.read(bytes, &index, end: range.upperBound, until: space),
            let number = Decimal.read(bytes, &index, end: range.upperBound, until: space),
            let intended = Decimal.read(bytes, &index, end: range.upperBound, until: space)
        else { return nil }
        return Stamp(run: run, sender: sender, number: number, intended: Int64(intended))
    }
}

/// Whole numbers without sign, as bytes.
enum Decimal {
    /// Reads digits up to `terminator`, which is passed over; nil if there is anything else.
    static func read(_ bytes: [UInt8], _ index: inout Int, end: Int, until terminator: UInt8) -> Int? {
        var value = 0
        let start = index
        while index < end {
            let byte = bytes[index]
            index += 1
            if byte == terminator { return index - start > 1 && index - start < 20 ? value : nil }
            guard byte >= 48, byte <= 57 else { return nil }
            value = value &* 10 &+ Int(byte &- 48)
        }
        return nil
    }

    /// Reads a range that is digits and nothing else; nil if it is not.
    static func read(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        guard (1..<19).contains(range.count), range.allSatisfy({ (48...57).contains(bytes[$0]) }) else { return nil }
        return range.reduce(0) { $0 * 10 + Int(bytes[$1] - 48) }
    }

    /// Appends the digits of a number that is not negative.
    static func append(_ value: Int, to output: inout [UInt8]) {
        var divisor = 1
        while value / divisor >= 10 { divisor *= 10 }
        var rest = value
        while divisor > 0 {
            output.append(UInt8(48 + rest / divisor))
            rest %= divisor
            divisor /= 10
        }
    }
}
