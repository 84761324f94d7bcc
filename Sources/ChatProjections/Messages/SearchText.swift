/// Folded texts in the form in which they are stored, and what is found in them.
public enum SearchText {
    /// Between the terms of a row; no text that is stored has it.
    public static let separator: Unicode.Scalar = "\u{1}"

    /// A folded text without what PostgreSQL cannot store, and without the separator: a noncharacter takes their
    /// place, in texts and in queries.
    public static func stored(_ folded: String) -> String {
        guard folded.utf8.contains(where: { $0 <= 1 }) else { return folded }
        var text = String.UnicodeScalarView()
        for scalar in folded.unicodeScalars { text.append(scalar.value <= 1 ? "\u{FFFF}" : scalar) }
        return String(text)
    }

    /// The words of the index for a text: a first one, and its pairs, with the separator between them.
    public static func terms(_ first: String, _ stored: String) -> String {
        guard stored.utf8.allSatisfy({ $0 < 0x80 }) else {
            return ([first] + pairs(stored)).joined(separator: String(separator))
        }
        // Most texts are such, and a rebuild makes this of each: one piece of memory, and no strings of two.
        var bytes = Array(first.utf8)
        bytes.reserveCapacity(bytes.count + 3 * stored.utf8.count)
        var seen = [UInt64](repeating: 0, count: 128 * 128 / 64)
        var previous: UInt8?
        for byte in stored.utf8 {
            defer { previous = byte }
            guard let one = previous else { continue }
            let pair = Int(one) << 7 | Int(byte)
            guard seen[pair >> 6] & (1 << UInt64(pair & 63)) == 0 else { continue }
            seen[pair >> 6] |= 1 << UInt64(pair & 63)
            bytes.append(UInt8(truncatingIfNeeded: separator.value))
            bytes.append(one)
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Each pair of neighbouring scalars once. A text that contains another one has all of its pairs, in any script,
    /// and whether words are set apart in it or not.
    public static func pairs(_ stored: String) -> [String] {
        var seen: Set<UInt64> = []
        var pairs: [String] = []
        var previous: Unicode.Scalar?
        for scalar in stored.unicodeScalars {
            defer { previous = scalar }
            guard let first = previous else { continue }
            guard seen.insert(UInt64(first.value) << 32 | UInt64(scalar.value)).inserted else { continue }
            var pair = String.UnicodeScalarView()
            pair.append(first)
            pair.append(scalar)
            pairs.append(String(pair))
        }
        return pairs
    }
}
