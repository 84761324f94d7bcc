/// What names, texts and keys may look like; the wire contract's section "Values".
public enum TextRules {
    /// A user's name, after NFC: 2 to 32 scalars, letters, marks, digits and `_ . -`, a letter or digit first.
    public static func isUserName(_ nfc: String) -> Bool {
        let scalars = nfc.unicodeScalars
        guard (2...32).contains(scalars.count), let first = scalars.first, isLetterOrDigit(first) else { return false }
        return scalars.allSatisfy { isLetterOrDigit($0) || isMark($0) || $0 == "_" || $0 == "." || $0 == "-" }
    }

    /// A password: 8 to 128 bytes without control characters.
    public static func isPassword(_ text: String) -> Bool { (8...128).contains(text.utf8.count) && hasNoControl(text) }

    /// A group's name: 1 to 64 scalars without control characters.
    public static func isGroupName(_ text: String) -> Bool { isLine(text, in: 1...64) }

    /// A group's description: at most 500 scalars without control characters.
    public static func isDescription(_ text: String) -> Bool { isLine(text, in: 0...500) }

    /// A device's name: 1 to 64 scalars without control characters.
    public static func isDeviceName(_ text: String) -> Bool { isLine(text, in: 1...64) }

    /// An idempotency key: 1 to 64 characters without control characters.
    public static func isKey(_ text: String) -> Bool { isLine(text, in: 1...64) }

    /// An emoji, or whatever stands for one: 1 to 32 bytes without white space or control characters.
    public static func isEmoji(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count) && hasNoControl(text)
            && text.unicodeScalars.allSatisfy { !$0.properties.isWhitespace }
    }

    private static func isLine(_ text: String, in lengths: ClosedRange<Int>) -> Bool {
        lengths.contains(text.unicodeScalars.count) && hasNoControl(text)
    }

    private static func hasNoControl(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber: true
        default: false
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }
}
