extension JSONValue {
    /// How deep arrays and objects may nest; a deeper text is refused with `tooDeep`.
    public static let maximumDepth = 256

    /// Reads one JSON text (RFC 8259). Lone surrogate escapes and invalid UTF-8 are errors; of members with
    /// one name the last counts.
    public static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var reader = JSONReader(bytes: bytes)
        return try reader.text()
    }

    /// Reads one JSON text from a string.
    public static func parse(_ text: String) throws(JSONError) -> JSONValue {
        try parse(Array(text.utf8))
    }
}

/// One pass over the bytes, one value out.
struct JSONReader {
    let bytes: [UInt8]
    var index = 0

    mutating func text() throws(JSONError) -> JSONValue {
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        guard index == bytes.count else { throw error(.trailingBytes) }
        return value
    }

    func error(_ code: JSONError.Code) -> JSONError { JSONError(code: code, offset: index) }

    var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= JSONValue.maximumDepth else { throw error(.tooDeep) }
        switch current {
        case nil: throw error(.unexpectedEnd)
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for expected in word.description.utf8 {
            guard let byte = current else { throw error(.unexpectedEnd) }
            guard byte == expected else { throw error(.unexpectedByte) }
            index += 1
        }
        return value
    }

    mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        index += 1
        var elements: [JSONValue] = []
        skipSpace()
        if current == UInt8(ascii: "]") {
            index += 1
            return .array(elements)
        }
        while true {
            skipSpace()
            elements.append(try value(depth: depth + 1))
            if try ends(with: UInt8(ascii: "]")) { return .array(elements) }
        }
    }

    mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        index += 1
        var object = JSONObject()
        var places: [String: Int] = [:]
        skipSpace()
        if current == UInt8(ascii: "}") {
            index += 1
            return .object(object)
        }
        while true {
            skipSpace()
            guard let byte = current else { throw error(.unexpectedEnd) }
            guard byte == UInt8(ascii: "\"") else { throw error(.unexpectedByte) }
            let name = try string()
            skipSpace()
            guard let colon = current else { throw error(.unexpectedEnd) }
            guard colon == UInt8(ascii: ":") else { throw error(.unexpectedByte) }
            index += 1
            skipSpace()
            object.add(name, try value(depth: depth + 1), places: &places)
            if try ends(with: UInt8(ascii: "}")) { return .object(object) }
        }
    }

    /// After an element: true at the closing byte, false at a comma.
    mutating func ends(with closing: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        guard let byte = current else { throw error(.unexpectedEnd) }
        guard byte == closing || byte == UInt8(ascii: ",") else { throw error(.unexpectedByte) }
        index += 1
        return byte == closing
    }
}
