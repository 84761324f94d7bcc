/// Cuts a stream of bytes into frames at line feeds. Bounded: the server's frames are at most 1 MiB.
struct LineFramer {
    /// A longer frame is no frame of this protocol.
    static let longestFrame = 2 << 20

    private var rest: [UInt8] = []

    /// The frames that are complete with these bytes, without line ends, empty ones left out; nil if the peer sends
    /// something else than lines.
    mutating func take(_ bytes: [UInt8]) -> [[UInt8]]? {
        var frames: [[UInt8]] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            var frame = rest + bytes[start..<end]
            rest.removeAll(keepingCapacity: true)
            if frame.last == UInt8(ascii: "\r") { frame.removeLast() }
            if !frame.isEmpty { frames.append(frame) }
            start = end + 1
        }
        rest += bytes[start...]
        return rest.count > LineFramer.longestFrame ? nil : frames
    }
}
