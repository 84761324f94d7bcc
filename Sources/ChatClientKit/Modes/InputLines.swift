/// Cuts what comes from standard input into lines. Bounded: a longer line is reported as no line.
struct InputLines {
    /// More than any message may have, in bytes.
    static let longest = 1 << 20

    enum Line: Equatable {
        case text(String)
        /// Too long, or no UTF-8.
        case unreadable
    }

    private var rest: [UInt8] = []
    private var isTooLong = false

    mutating func take(_ bytes: [UInt8]) -> [Line] {
        var lines: [Line] = []
        for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            rest += part
            lines.append(finish())
        }
        rest += bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).last ?? []
        if rest.count > InputLines.longest {
            isTooLong = true
            rest = []
        }
        return lines
    }

    /// The last line, if it had no end.
    mutating func end() -> Line? {
        rest.isEmpty && !isTooLong ? nil : finish()
    }

    private mutating func finish() -> Line {
        defer {
            rest = []
            isTooLong = false
        }
        guard !isTooLong, rest.count <= InputLines.longest, let text = String(validating: rest, as: UTF8.self) else {
            return .unreadable
        }
        return .text(text)
    }
}
