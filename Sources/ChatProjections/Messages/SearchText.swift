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
