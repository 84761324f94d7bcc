/// What one client's messages are made of; only what changes from one to the next is written anew.
protocol MessageTemplate {
    /// The bytes that send a message, the end of the line or stanza included.
    func line(number: Int, intended: Int64) -> [UInt8]
}

/// The texts of one sender in one run: a stamp, filled up to the size that was asked for.
struct StampedText {
    private let head: [UInt8]
    private let padding: [UInt8]

    /// - Parameter size: The bytes of the text; a stamp that is longer than that is not cut.
    init(run: Int, sender: Int, size: Int) {
        head = Array("b\(run) \(sender) ".utf8)
        padding = Array(repeating: UInt8(ascii: "x"), count: size)
    }

    /// An upper bound of the bytes of a text.
    var capacity: Int { padding.count + head.count + 40 }

    /// Appends a text, none of whose bytes means anything in JSON or XML.
    func append(number: Int, intended: Int64, to line: inout [UInt8]) {
        let begun = line.count
        line.append(contentsOf: head)
        Decimal.append(number, to: &line)
        line.append(UInt8(ascii: " "))
        Decimal.append(Int(intended), to: &line)
        line.append(UInt8(ascii: " "))
        let written = line.count - begun
        if written < padding.count { line.append(contentsOf: padding[written...]) }
    }
}
