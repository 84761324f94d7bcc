/// What the generator needs to know of a line from the server.
struct ScannedLine: Equatable {
    /// What the line is.
    enum Kind: Equatable {
        /// A reply with a result.
        case answer
        /// A reply with an error.
        case refusal
        /// A push.
        case push
        /// Not of the protocol.
        case unreadable
    }

    var kind = Kind.unreadable
    /// A reply's id, if it is a whole number.
    var id = -1
    /// Of the result or push; 0 if there is none.
    var position = 0
    /// Of the result or push; 0 if there is none.
    var seq = 0
    /// The name of a push, without its quotes.
    var method = 0..<0
    /// The text of a message as it stands in JSON, without its quotes.
    var text = 0..<0
}

/// One pass over a line, which looks only at the members that count. It trusts the server to write JSON: what is none
/// comes out as unreadable, or with its members missing.
struct LineScanner {
    private let bytes: [UInt8]
    private var index: Int
    private let end: Int
    private var line = ScannedLine()

    /// Scans the line of `bytes` in `range`, the line end not included.
    static func scan(_ bytes: [UInt8], _ range: Range<Int>) -> ScannedLine {
        var scanner = LineScanner(bytes: bytes, index: range.lowerBound, end: range.upperBound)
        scanner.top()
        return scanner.line
    }

    private init(bytes: [UInt8], index: Int, end: Int) {
        self.bytes = bytes
        self.index = index
        self.end = end
    }

    private mutating func top() {
        guard enter() else { return }
        while let key = key() {
            if names(key, "id") {
                line.id = integer() ?? -1
            } else if names(key, "result") {
                line.kind = .answer
                body()
            } else if names(key, "params") {
                body()
            } else if names(key, "method") {
                line.kind = .push
                line.method = string() ?? 0..<0
            } else {
                if names(key, "error") { line.kind = .refusal }
                skip()
            }
        }
    }

    private mutating func body() {
        guard enter() else { return skip() }
        while let key = key() {
            if names(key, "position") {
                line.position = integer() ?? 0
            } else if names(key, "seq") {
                line.seq = integer() ?? 0
            } else if names(key, "text") {
                line.text = string() ?? 0..<0
            } else {
                skip()
            }
        }
    }

    private func names(_ key: Range<Int>, _ name: String) -> Bool {
        guard key.count == name.utf8.count else { return false }
        var at = key.lowerBound
        for byte in name.utf8 {
            guard bytes[at] == byte else { return false }
            at += 1
        }
        return true
    }

    private mutating func skipSpace() {
        while index < end, bytes[index] <= 0x20 { index += 1 }
    }

    private mutating func enter() -> Bool {
        skipSpace()
        guard index < end, bytes[index] == UInt8(ascii: "{") else { return false }
        index += 1
        return true
    }

    /// The next member's name, with the scanner before its value; nil behind the object's end.
    private mutating func key() -> Range<Int>? {
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                guard let name = string() else { return nil }
                skipSpace()
                guard index < end, bytes[index] == UInt8(ascii: ":") else { return nil }
                index += 1
                return name
            case UInt8(ascii: "}"):
                index += 1
                return nil
            default:
                index += 1
            }
        }
        return nil
    }

    private mutating func string() -> Range<Int>? {
        skipSpace()
        guard index < end, bytes[index] == UInt8(ascii: "\"") else {
            skip()
            return nil
        }
        index += 1
        let start = index
        while index < end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                index += 1
                return start..<index - 1
            }
            index += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    private mutating func integer() -> Int? {
        skipSpace()
        let start = index
        var value = 0
        while index < end, bytes[index] >= 48, bytes[index] <= 57 {
            value = value &* 10 &+ Int(bytes[index] &- 48)
            index += 1
        }
        guard index > start, index - start < 19 else {
            skip()
            return nil
        }
        return value
    }

    private mutating func skip() {
        skipSpace()
        var depth = 0
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                _ = string()
                if depth == 0 { return }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return }
                depth -= 1
                if depth == 0 {
                    index += 1
                    return
                }
            case UInt8(ascii: ","):
                if depth == 0 { return }
            default:
                break
            }
            index += 1
        }
    }
}
