/// Cuts the bytes of a connection into frames: lines ended by LF, CR LF accepted, empty ones ignored.
public struct FrameDecoder: Sendable {
    /// What the bytes came to.
    public enum Output: Sendable, Equatable {
        /// One line without its end.
        case frame([UInt8])
        /// A line longer than the limit; nothing after it is looked at.
        case tooLarge
    }

    private let limit: Int
    private var partial: [UInt8] = []
    private var isBroken = false

    /// A decoder that refuses lines of more than `limit` bytes, the line end not counted.
    public init(limit: Int) { self.limit = limit }

    /// Bytes kept of a line that has not ended yet; at most the limit and one.
    public var buffered: Int { partial.count }

    /// Takes the next bytes and gives the lines that they complete, in order.
    public mutating func push(_ bytes: [UInt8]) -> [Output] {
        guard !isBroken else { return [] }
        var outputs: [Output] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            guard take(bytes[start..<end], complete: true, into: &outputs) else { return outputs }
            start = end + 1
        }
        _ = take(bytes[start...], complete: false, into: &outputs)
        return outputs
    }

    /// Adds a piece of a line; false once the line is too long.
    private mutating func take(_ piece: ArraySlice<UInt8>, complete: Bool, into outputs: inout [Output]) -> Bool {
        partial.append(contentsOf: piece.prefix(limit + 2 - min(partial.count, limit + 2)))
        let isTooLong: Bool
        if complete {
            if partial.last == UInt8(ascii: "\r") { partial.removeLast() }
            isTooLong = partial.count > limit
        } else {
            isTooLong = partial.count > limit + 1 || (partial.count == limit + 1 && partial.last != UInt8(ascii: "\r"))
        }
        if isTooLong {
            isBroken = true
            partial = []
            outputs.append(.tooLarge)
            return false
        }
        if complete {
            if !partial.isEmpty { outputs.append(.frame(partial)) }
            partial = []
        }
        return true
    }
}
