/// Cuts what comes in into lines. A line that lies in one chunk is not copied.
struct LineSplitter {
    /// The beginning of a line whose end has not come yet. The server bounds it: 1 MiB.
    private var partial: [UInt8] = []

    /// Calls `body` with the bytes and the range of each complete line in them, without its end; empty ones are passed
    /// over.
    mutating func take(_ chunk: [UInt8], _ body: ([UInt8], Range<Int>) -> Void) {
        var bytes = chunk
        if !partial.isEmpty {
            partial.append(contentsOf: chunk)
            bytes = partial
            partial = []
        }
        var start = 0
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            if index > start { body(bytes, start..<index) }
            start = index + 1
        }
        if start < bytes.count { partial = Array(bytes[start...]) }
    }
}
