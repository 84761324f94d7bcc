extension [UInt8] {
    /// A number as `String(_:)` writes it.
    mutating func append(decimal number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        var digits = 1
        var power: UInt64 = 10
        while digits < 19, rest >= power {
            digits += 1
            power *= 10
        }
        append(contentsOf: repeatElement(0, count: digits))
        var places = mutableSpan
        for place in stride(from: places.count - 1, through: places.count - digits, by: -1) {
            places[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}
