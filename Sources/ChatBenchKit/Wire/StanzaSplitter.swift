/// Cuts what comes in over a stream of XMPP into what stands in it side by side: stanzas and the like, each whole, and
/// the stream's own beginning and end. What lies in one chunk is not copied.
struct StanzaSplitter {
    /// The beginning of a stanza whose end has not come yet. The server bounds it.
    private var partial: [UInt8] = []

    /// Calls `body` with the bytes and the range of each, without the white space between them.
    mutating func take(_ chunk: [UInt8], _ body: ([UInt8], Range<Int>) -> Void) {
        var bytes = chunk
        if !partial.isEmpty {
            partial.append(contentsOf: chunk)
            bytes = partial
            partial = []
        }
        var start = 0
        while let range = StanzaSplitter.first(bytes, from: start) {
            body(bytes, range)
            start = range.upperBound
        }
        if start < bytes.count { partial = Array(bytes[start...]) }
    }

    /// The first whole element from there on.
    private static func first(_ bytes: [UInt8], from start: Int) -> Range<Int>? {
        var (index, depth) = (start, 0)
        var begun: Int?
        while let tag = StanzaTag.next(bytes, from: index, to: bytes.count) {
            index = tag.range.upperBound
            switch tag.kind {
            case .instruction: continue
            case .empty: break
            case .closes: depth -= 1
            // The stream itself ends only with the connection.
            case .opens: if !tag.isNamed("stream:stream", in: bytes) { depth += 1 }
            }
            let first = begun ?? tag.range.lowerBound
            if depth <= 0 { return first..<index }
            begun = first
        }
        return nil
    }
}
