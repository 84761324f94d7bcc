extension JSONReader {
    mutating func number() throws(JSONError) -> JSONValue {
        let start = index
        var isInteger = true
        if current == UInt8(ascii: "-") { index += 1 }
        try integerPart(start: start)
        if current == UInt8(ascii: ".") {
            isInteger = false
            index += 1
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            index += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isInteger, text != "-0", let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw error(.invalidNumber) }
        return .number(value)
    }

    /// A zero alone, or digits that do not begin with one.
    private mutating func integerPart(start: Int) throws(JSONError) {
        guard let first = current else { throw error(.unexpectedEnd) }
        guard isDigit(first) else { throw error(index == start ? .unexpectedByte : .invalidNumber) }
        if first == UInt8(ascii: "0") {
            index += 1
            if let next = current, isDigit(next) { throw error(.invalidNumber) }
        } else {
            try digits()
        }
    }

    private mutating func digits() throws(JSONError) {
        guard let first = current, isDigit(first) else { throw error(.invalidNumber) }
        while let byte = current, isDigit(byte) { index += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
