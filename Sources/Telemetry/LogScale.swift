/// The bounds of a histogram's buckets. A bucket holds the values above the bound of the one before, up to its own
/// bound, and every power of two is a bound: so the cumulative counts at powers of two are exact.
enum LogScale {
    /// The power of two of buckets to each doubling.
    private static let precision = 5
    private static let perDoubling = 1 << precision
    /// The last bucket's bound is 2^63.
    static let bucketCount = (63 - precision + 1) * perDoubling

    static func bucket(of value: UInt64) -> Int {
        guard value > 1 else { return 0 }
        let offset = min(value, UInt64(1) << 63) - 1
        let power = 63 - offset.leadingZeroBitCount
        guard power >= precision else { return Int(offset) }
        let shift = power - precision
        return shift * perDoubling + Int(offset >> UInt64(shift))
    }

    static func upperBound(of bucket: Int) -> UInt64 {
        guard bucket >= perDoubling else { return UInt64(bucket) + 1 }
        let shift = bucket / perDoubling - 1
        let mantissa = UInt64(bucket % perDoubling + perDoubling)
        return (mantissa + 1) << UInt64(shift)
    }
}
