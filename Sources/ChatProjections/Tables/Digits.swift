extension [UInt8] {
    /// A number as `String(_:)` writes it.
    mutating func append(decimal number: Int64) {
        // Nearly all numbers count from 1; another one is written the long way.
        if number < 0 { return append(contentsOf: String(number).utf8) }
        append(digits: UInt64(number), radix: 10)
    }

    /// As `String(_:radix:)` writes it.
    mutating func append(digits number: UInt64, radix: UInt64) {
        let start = count
        var rest = number
        repeat {
            let digit = UInt8(truncatingIfNeeded: rest % radix)
            append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            rest /= radix
        } while rest > 0
        var (low, high) = (start, count - 1)
        while low < high {
            swapAt(low, high)
            low += 1
            high -= 1
        }
    }
}
