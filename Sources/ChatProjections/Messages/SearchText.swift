public import ChatDomain

/// Folded texts in the form in which they are stored, and the numbers by which the index finds them.
public enum SearchText {
    /// A folded text without what PostgreSQL cannot store, U+0000, and without U+0001, which once stood between terms: a
    /// noncharacter takes their place, in texts and in queries.
    public static func stored(_ folded: String) -> String {
        guard folded.utf8.contains(where: { $0 <= 1 }) else { return folded }
        var text = String.UnicodeScalarView()
        for scalar in folded.unicodeScalars { text.append(scalar.value <= 1 ? "\u{FFFF}" : scalar) }
        return String(text)
    }

    /// The numbers of a message: its conversation's and those of its text's pairs, each once, rising, which is what the
    /// index is built fastest from.
    public static func terms(_ conversation: Conversation, _ stored: String) -> [Int32] {
        numbers(stored, behind: [number(of: conversation)])
    }

    /// The number of each pair of neighbouring scalars, once, rising. A text that contains another one has all of its
    /// pairs, in any script, and whether words are set apart in it or not.
    public static func pairs(_ stored: String) -> [Int32] { numbers(stored, behind: []) }

    /// A conversation: below all pairs. Two may have the same one.
    public static func number(of conversation: Conversation) -> Int32 {
        let mixed =
            switch conversation {
            case .direct(let one, let other):
                mix(mix(UInt64(bitPattern: one.value)) ^ UInt64(bitPattern: other.value))
            case .group(let group): mix(UInt64(bitPattern: group.value) ^ 1 << 63)
            }
        return Int32(truncatingIfNeeded: mixed >> 33) | .min
    }

    /// Two scalars of ASCII have a number of their own; others share 2^30 of them, well mixed, so that two pairs of a
    /// language hardly ever meet. Whatever is found is compared with the text itself.
    private static func number(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Int32 {
        if first.isASCII, second.isASCII { return Int32(first.value << 7 | second.value) }
        return Int32(truncatingIfNeeded: mix(UInt64(first.value) << 21 | UInt64(second.value)) >> 34) | 1 << 30
    }

    /// The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators").
    private static func mix(_ number: UInt64) -> UInt64 {
        var mixed = number &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    private static func numbers(_ stored: String, behind first: [Int32]) -> [Int32] {
        var numbers = first
        numbers.reserveCapacity(first.count + stored.utf8.count)
        // Most texts have nothing else, and a rebuild makes this of each: nothing is sorted or hashed.
        var seen = [UInt64](repeating: 0, count: 128 * 128 / 64)
        var isPlain = true
        var previous: UInt8?
        for byte in stored.utf8 {
            guard byte < 0x80 else {
                isPlain = false
                break
            }
            if let one = previous {
                let pair = Int(one) << 7 | Int(byte)
                seen[pair >> 6] |= 1 << UInt64(pair & 63)
            }
            previous = byte
        }
        guard isPlain else { return mixedNumbers(stored, behind: first) }
        for (place, word) in seen.enumerated() where word != 0 {
            var rest = word
            while rest != 0 {
                numbers.append(Int32(place << 6 | rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
        return numbers
    }

    private static func mixedNumbers(_ stored: String, behind first: [Int32]) -> [Int32] {
        var numbers: [Int32] = []
        var previous: Unicode.Scalar?
        for scalar in stored.unicodeScalars {
            if let previous { numbers.append(number(previous, scalar)) }
            previous = scalar
        }
        numbers.sort()
        var all = first
        for number in numbers where number != all.last { all.append(number) }
        return all
    }
}
