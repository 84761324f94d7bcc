/// What the generator needs to know of a stanza from the server.
struct ScannedStanza: Equatable {
    enum Kind: Equatable {
        case message
        case presence
        case request
        /// `<a/>`: the server says how many stanzas it has (XEP-0198).
        case acknowledgement
        /// `<r/>`: the server asks how many this side has.
        case acknowledgementRequest
        /// The stream's end, or the error before it.
        case streamEnd
        case other

        /// Whether it counts for acknowledgements.
        var isCounted: Bool { self == .message || self == .presence || self == .request }
    }

    var kind = Kind.other
    /// Whether it is the answer that something could not be done.
    var isError = false
    /// The id of an error, if it is a whole number; the server repeats there what the client gave.
    var id = -1
    /// How many stanzas the server has, by its acknowledgement.
    var handled = 0
    /// A message's body as it stands in XML.
    var text = 0..<0
}

/// One look at a stanza. It trusts the server to write XML: what is none comes out as something else.
enum StanzaScanner {
    /// Scans the element of `bytes` in `range`.
    static func scan(_ bytes: [UInt8], _ range: Range<Int>) -> ScannedStanza {
        var stanza = ScannedStanza()
        guard let tag = StanzaTag.next(bytes, from: range.lowerBound, to: range.upperBound) else { return stanza }
        stanza.kind = kind(of: tag, bytes)
        switch stanza.kind {
        case .message, .presence, .request:
            if let type = tag.value(of: "type", in: bytes), StanzaTag.equals("error", bytes, type) {
                stanza.isError = true
                stanza.id = tag.value(of: "id", in: bytes).flatMap { Decimal.read(bytes, $0) } ?? -1
            }
            if stanza.kind == .message { stanza.text = text(bytes, tag.range.upperBound..<range.upperBound) }
        case .acknowledgement:
            stanza.handled = tag.value(of: "h", in: bytes).flatMap { Decimal.read(bytes, $0) } ?? 0
        case .acknowledgementRequest, .streamEnd, .other: break
        }
        return stanza
    }

    private static func kind(of tag: StanzaTag, _ bytes: [UInt8]) -> ScannedStanza.Kind {
        if tag.isNamed("message", in: bytes) { return .message }
        if tag.isNamed("a", in: bytes) { return .acknowledgement }
        if tag.isNamed("r", in: bytes) { return .acknowledgementRequest }
        if tag.isNamed("presence", in: bytes) { return .presence }
        if tag.isNamed("iq", in: bytes) { return .request }
        if tag.isNamed("stream:error", in: bytes) { return .streamEnd }
        return tag.kind == .closes && tag.isNamed("stream:stream", in: bytes) ? .streamEnd : .other
    }

    /// What an error says is wrong: the name of what stands in its `error` (RFC 6120, 8.3.2).
    static func condition(_ bytes: [UInt8], _ range: Range<Int>) -> String {
        var (index, isInside) = (range.lowerBound, false)
        while let tag = StanzaTag.next(bytes, from: index, to: range.upperBound) {
            if isInside { return String(decoding: bytes[tag.name], as: UTF8.self) }
            isInside = tag.kind == .opens && tag.isNamed("error", in: bytes)
            index = tag.range.upperBound
        }
        return "unreadable error"
    }

    private static func text(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int> {
        var index = range.lowerBound
        while let tag = StanzaTag.next(bytes, from: index, to: range.upperBound) {
            index = tag.range.upperBound
            guard tag.kind == .opens, tag.isNamed("body", in: bytes) else { continue }
            while index < range.upperBound, bytes[index] != UInt8(ascii: "<") { index += 1 }
            return tag.range.upperBound..<index
        }
        return 0..<0
    }
}
