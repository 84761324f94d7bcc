extension JSONValue {
    /// The shortest JSON text of this value, in UTF-8, without spaces or line ends.
    public func encoded() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(128)
        write(into: &output)
        return output
    }

    /// Appends the JSON text of this value.
    public func write(into output: inout [UInt8]) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): JSONWriter.integer(value, into: &output)
        case .number(let value): Self.write(number: value, into: &output)
        case .string(let value): JSONWriter.string(value, into: &output)
        case .array(let elements): Self.write(array: elements, into: &output)
        case .object(let object): Self.write(object: object, into: &output)
        }
    }

    /// JSON knows neither infinities nor NaN: they become null.
    private static func write(number: Double, into output: inout [UInt8]) {
        output.append(contentsOf: (number.isFinite ? number.description : "null").utf8)
    }

    private static func write(array: [JSONValue], into output: inout [UInt8]) {
        output.append(UInt8(ascii: "["))
        var separator = false
        for element in array {
            if separator { output.append(UInt8(ascii: ",")) }
            element.write(into: &output)
            separator = true
        }
        output.append(UInt8(ascii: "]"))
    }

    private static func write(object: JSONObject, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "{"))
        var separator = false
        for member in object.members {
            if separator { output.append(UInt8(ascii: ",")) }
            JSONWriter.string(member.name, into: &output)
            output.append(UInt8(ascii: ":"))
            member.value.write(into: &output)
            separator = true
        }
        output.append(UInt8(ascii: "}"))
    }
}

extension JSONValue: CustomStringConvertible {
    /// The JSON text.
    public var description: String { String(decoding: encoded(), as: UTF8.self) }
}

/// Writes the parts of a JSON text where a whole `JSONValue` would be a detour.
public enum JSONWriter {
    /// Appends a string with its quotation marks; only what RFC 8259 demands is escaped.
    public static func string(_ value: String, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        // Nearly every string is written as it stands, in one piece.
        if needsEscapes(value.utf8Span.span) {
            escaped(value, into: &output)
        } else {
            output.append(contentsOf: value.utf8)
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func needsEscapes(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices {
            let byte = bytes[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return true }
        }
        return false
    }

    private static func escaped(_ value: String, into output: inout [UInt8]) {
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            case 0..<0x20: control(byte, into: &output)
            default: output.append(byte)
            }
        }
    }

    /// Appends a whole number.
    public static func integer(_ value: Int64, into output: inout [UInt8]) {
        var rest = value.magnitude
        if value < 0 { output.append(UInt8(ascii: "-")) }
        var place = output.count + digits(of: rest)
        while output.count < place { output.append(UInt8(ascii: "0")) }
        while rest > 0 {
            place -= 1
            output[place] += UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    private static func digits(of value: UInt64) -> Int {
        var (count, bound) = (1, UInt64(10))
        while value >= bound {
            count += 1
            let (next, isTooLarge) = bound.multipliedReportingOverflow(by: 10)
            if isTooLarge { break }
            bound = next
        }
        return count
    }

    private static func control(_ byte: UInt8, into output: inout [UInt8]) {
        switch byte {
        case 0x08: output.append(contentsOf: "\\b".utf8)
        case 0x09: output.append(contentsOf: "\\t".utf8)
        case 0x0A: output.append(contentsOf: "\\n".utf8)
        case 0x0C: output.append(contentsOf: "\\f".utf8)
        case 0x0D: output.append(contentsOf: "\\r".utf8)
        default:
            output.append(contentsOf: "\\u00".utf8)
            output.append(hex(byte >> 4))
            output.append(hex(byte & 15))
        }
    }

    private static func hex(_ digit: UInt8) -> UInt8 {
        digit < 10 ? 0x30 + digit : 0x61 + digit - 10
    }
}
