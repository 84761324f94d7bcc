/// Numbers that come again with the same seed, on every machine: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
struct SeededNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 on, below a bound of at least 1, every one alike.
    mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// True so many times in a thousand.
    mutating func perMille(_ share: Int) -> Bool { below(1000) < share }

    /// An index by Zipf's law with exponent 1, the first the most frequent: as many draws from each doubling of the
    /// rank. In whole numbers, so that no library's logarithm is in it.
    mutating func zipf(_ count: Int) -> Int {
        let doublings = Int.bitWidth - count.leadingZeroBitCount
        while true {
            let first = 1 << below(doublings)
            let rank = first + below(first)
            if rank <= count { return rank - 1 }
        }
    }

    /// Letters and digits, so many.
    mutating func word(_ count: Int) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for _ in 0..<count { bytes.append(Self.letters[below(Self.letters.count)]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_".utf8)
}
