extension [UInt8] {
    /// A number as `String(_:)` writes it.
    mutating func append(decimal number: Int64) {
        // Nearly all numbers count from 1; another one is written the long way.
        guard number >= 0 else { return append(contentsOf: String(number).utf8) }
        let start = count
        var rest = UInt64(number)
        repeat {
            append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        var (low, high) = (start, count - 1)
        while low < high {
            swapAt(low, high)
            low += 1
            high -= 1
        }
    }
}
