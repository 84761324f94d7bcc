/// The bytes of one log line: a JSON object in one line, however hostile its values.
struct LogLine {
    /// Longer values are cut, and end in `…`; bounds a line. In bytes of UTF-8, before escaping.
    static let maximumValueBytes = 1024

    private var bytes: [UInt8] = []

    init(at milliseconds: Int64, level: LogLevel, message: String) {
        bytes.reserveCapacity(256)
        append("{\"at\":\"")
        append(Timestamp.rfc3339(milliseconds))
        append("\",\"level\":\"")
        append(level.rawValue)
        append("\",\"message\":")
        append(quoted: message)
    }

    mutating func append(_ key: LogKey, _ value: any CustomStringConvertible & Sendable) {
        append(",\"")
        append(key.rawValue)
        append("\":")
        switch value {
        case let integer as any FixedWidthInteger: append(integer.description)
        case let flag as Bool: append(flag.description)
        case let number as Double where number.isFinite: append(number.description)
        default: append(quoted: value.description)
        }
    }

    mutating func finish() -> [UInt8] {
        append("}\n")
        return bytes
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func append(quoted text: String) {
        append("\"")
        var left = Self.maximumValueBytes
        for scalar in text.unicodeScalars {
            left -= UTF8.width(scalar)
            guard left >= 0 else {
                append("…")
                break
            }
            append(escaped: scalar)
        }
        append("\"")
    }

    private mutating func append(escaped scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": append("\\\"")
        case "\\": append("\\\\")
        case "\n": append("\\n")
        case "\r": append("\\r")
        case "\t": append("\\t")
        case _ where Self.couldForgeLines(scalar): append(hex: scalar)
        default: append(String(scalar))
        }
    }

    /// Controls (C0, DEL, C1), the Unicode line and paragraph separators, and the marks that turn a terminal's
    /// writing direction: a value must not be able to look like another line.
    private static func couldForgeLines(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private mutating func append(hex scalar: Unicode.Scalar) {
        let digits = String(scalar.value, radix: 16)
        append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
    }
}
