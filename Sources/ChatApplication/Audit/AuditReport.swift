public import JSONText

/// Counts of events, as numbers and as bars.
public struct AuditReport: Sendable {
    /// What is counted by.
    public enum Dimension: String, Sendable, CaseIterable {
        /// By the day in UTC, the oldest first.
        case day
        /// By the event's type, the most frequent first.
        case type
        /// By who did it, the busiest first.
        case actor
        /// By the node through which it came.
        case node
    }

    /// One line.
    public struct Line: Sendable, Hashable {
        /// What is counted, for people.
        public var label: String
        /// The same for programs.
        public var value: JSONValue
        /// How many.
        public var events: Int64
        /// A line.
        public init(label: String, value: JSONValue, events: Int64) {
            self.label = label
            self.value = value
            self.events = events
        }
    }

    /// What is counted by.
    public var dimension: Dimension
    /// The lines.
    public var lines: [Line]

    /// A report.
    public init(_ dimension: Dimension, _ lines: [Line]) {
        self.dimension = dimension
        self.lines = lines
    }

    /// All together.
    public var total: Int64 { lines.reduce(0) { $0 + $1.events } }

    /// `{"type": …, "events": …}` for each line.
    public var json: [JSONObject] {
        lines.map { [dimension.rawValue: $0.value, "events": .integer($0.events)] }
    }

    private var most: Int64 { max(lines.map(\.events).max() ?? 0, 1) }

    /// A bar of eighths of a column for each line; the longest is `columns` wide, and what is not nothing is seen.
    public func bars(columns: Int) -> [String] {
        let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return lines.map { line in
            let share = Double(line.events) / Double(most) * Double(columns) * 8
            let length = max(Int(share.rounded()), line.events > 0 ? 1 : 0)
            return String(repeating: "█", count: length / 8) + eighths[length % 8]
        }
    }

    private static let rowHeight = 22
    private static let labelWidth = 220
    private static let barWidth = 560
    private static let numberWidth = 100

    /// The same as a picture: a bar for each line, drawn alike in light and dark surroundings.
    public func svg(title: String) -> String {
        let width = Self.labelWidth + Self.barWidth + Self.numberWidth
        let height = (lines.count + 2) * Self.rowHeight
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
            font-family="sans-serif" font-size="13" role="img">
            <title>\(Self.escaped(title))</title>
            <rect width="100%" height="100%" fill="#ffffff"/>
            <text x="8" y="\(Self.rowHeight - 6)" font-weight="bold" fill="#222222">\(Self.escaped(title))</text>

            """
        for (number, line) in lines.enumerated() {
            let top = (number + 1) * Self.rowHeight + 4
            let length = max(1, Int(Double(line.events) / Double(most) * Double(Self.barWidth)))
            text += """
                <text x="\(Self.labelWidth - 8)" y="\(top + 13)" text-anchor="end" fill="#222222">\
                \(Self.escaped(line.label))</text>
                <rect x="\(Self.labelWidth)" y="\(top)" width="\(length)" height="\(Self.rowHeight - 6)" fill="#2f6f9f"/>
                <text x="\(Self.labelWidth + length + 6)" y="\(top + 13)" fill="#222222">\(line.events)</text>

                """
        }
        return text + "</svg>\n"
    }

    /// As XML holds it: without what would end it, and without control characters, which it cannot hold.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? "\u{FFFD}" : scalar)
            }
        }
        return escaped
    }
}
