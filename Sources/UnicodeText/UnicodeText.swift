/// Normalization and case folding of names and searched texts, by the Unicode tables of libutf8proc.
///
/// Every function is pure, safe from any thread, and takes any Swift string, one with U+0000 in it included.
public enum UnicodeText {
    /// The canonical composed form (NFC, UAX #15): what is stored and shown.
    public static func nfc(_ text: String) -> String {
        isASCII(text) ? text : Utf8proc.map(text, .nfc)
    }

    /// The key under which a name is unique: NFKC_Casefold (Unicode 3.13, R5), applied until it changes nothing.
    ///
    /// Two names with the same key are the same name. The key of a key is the key itself.
    public static func foldKey(_ text: String) -> String {
        // Of ASCII only the capitals change, and in one pass.
        if isASCII(text) { return lowercased(text) }
        var folded = Utf8proc.map(text, .nfkcCasefold)
        // One pass is not always a fixed point: a mark that the fold turns into a letter may follow marks of a
        // lower class. A key that folds on to another key would let one name exist twice.
        for _ in 1..<maximumFoldPasses {
            if isSettled(folded) { break }
            let again = Utf8proc.map(folded, .nfkcCasefold)
            if again.unicodeScalars.elementsEqual(folded.unicodeScalars) { break }
            folded = again
        }
        return folded
    }

    /// The form in which texts and queries are compared by search; the same as ``foldKey(_:)``.
    public static func foldForSearch(_ text: String) -> String {
        foldKey(text)
    }

    /// Whether each scalar of a folded text folds to itself, whatever stands beside it: most texts need no second look.
    private static func isSettled(_ folded: String) -> Bool {
        folded.unicodeScalars.allSatisfy { scalar in
            scalar.value < 0x80 || settledScalars.contains { $0.contains(scalar.value) }
        }
    }

    /// Letters of common scripts, and pictures, that fold to themselves, have combining class 0, and are never the second
    /// half of a composition.
    static let settledScalars: [ClosedRange<UInt32>] = [
        0xE0...0xFF, 0x430...0x45F, 0x4E00...0x9FFF, 0x3041...0x3096, 0x30A1...0x30FE, 0xAC00...0xD7A3,
        0x3001...0x3002, 0x3AC...0x3C1, 0x3C3...0x3CE, 0x5D0...0x5EA, 0x621...0x63A, 0x641...0x64A,
        0x1F300...0x1FAFF,
    ]

    /// More passes than any scalar of any Unicode version needs; bounds ``foldKey(_:)``.
    static let maximumFoldPasses = 4

    private static func lowercased(_ ascii: String) -> String {
        let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
        let bytes = ascii.utf8.span
        guard bytes.indices.contains(where: { capitals.contains(bytes[$0]) }) else { return ascii }
        return String(decoding: ascii.utf8.map { capitals.contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    private static func isASCII(_ text: String) -> Bool {
        // Of a span: every text is asked, and a string's own iterator is slower.
        let bytes = text.utf8.span
        return bytes.indices.allSatisfy { bytes[$0] < 0x80 }
    }
}
