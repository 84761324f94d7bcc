/// One tag of the XML that XMPP allows: no comments, no CDATA, no document types (RFC 6120, 11.1).
struct StanzaTag: Equatable {
    enum Kind: Equatable {
        case opens
        case closes
        /// Opens and closes at once.
        case empty
        /// `<?xml …?>`.
        case instruction
    }

    let kind: Kind
    let name: Range<Int>
    /// From `<` to `>`.
    let range: Range<Int>

    /// The first tag from `start` on; nil if its end has not come. A `>` in quotes is no end.
    static func next(_ bytes: [UInt8], from start: Int, to end: Int) -> StanzaTag? {
        var index = start
        while index < end, bytes[index] != UInt8(ascii: "<") { index += 1 }
        let first = index
        var quote: UInt8 = 0
        while index < end {
            let byte = bytes[index]
            if quote != 0 {
                if byte == quote { quote = 0 }
            } else if byte == UInt8(ascii: ">") {
                return StanzaTag(bytes, first..<index + 1)
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            }
            index += 1
        }
        return nil
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.range = range
        var first = range.lowerBound + 1
        switch bytes[first] {
        case UInt8(ascii: "/"):
            kind = .closes
            first += 1
        case UInt8(ascii: "?"):
            kind = .instruction
            first += 1
        default:
            kind = bytes[range.upperBound - 2] == UInt8(ascii: "/") ? .empty : .opens
        }
        var index = first
        while !StanzaTag.endsName(bytes[index]) { index += 1 }
        name = first..<index
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/")
    }

    /// Whether it has this name, prefix included.
    func isNamed(_ text: String, in bytes: [UInt8]) -> Bool {
        StanzaTag.equals(text, bytes, name)
    }

    /// The value of an attribute as it stands there, without its quotes; nil if there is none.
    func value(of attribute: String, in bytes: [UInt8]) -> Range<Int>? {
        var index = name.upperBound
        while index < range.upperBound {
            while index < range.upperBound, bytes[index] <= 0x20 { index += 1 }
            let first = index
            while index < range.upperBound, bytes[index] != UInt8(ascii: "=") { index += 1 }
            let key = first..<index
            guard index + 2 < range.upperBound else { return nil }
            let quote = bytes[index + 1]
            let begun = index + 2
            index = begun
            while index < range.upperBound, bytes[index] != quote { index += 1 }
            if StanzaTag.equals(attribute, bytes, key) { return begun..<index }
            index += 1
        }
        return nil
    }

    static func equals(_ text: String, _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        range.count == text.utf8.count && bytes[range].elementsEqual(text.utf8)
    }
}
