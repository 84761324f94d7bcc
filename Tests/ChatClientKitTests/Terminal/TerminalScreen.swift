import CommandLineTool

/// What a terminal like xterm shows: as much of its language as a line editor speaks. Rows that leave at the top are kept.
struct TerminalScreen {
    private(set) var columns: Int
    private var rows: [[String]] = [[]]
    private var row = 0
    private var column = 0
    /// Sequences of this terminal's language that it was told and does not know.
    private(set) var unknown: [String] = []
    private var pending: [Unicode.Scalar] = []

    init(columns: Int) {
        self.columns = columns
    }

    /// The rows as text, without what is empty at the end.
    var lines: [String] {
        rows.map { cells in
            var text = cells.joined()
            while text.last == " " { text.removeLast() }
            return text
        }
    }

    /// From the last prompt on, as one text: what is being typed, over as many rows as it takes.
    var typed: String {
        let all = lines
        guard let start = all.lastIndex(where: { $0.contains("> ") || $0.hasSuffix(">") }) else { return "" }
        return all[start...].joined()
    }

    /// The text left of the cursor on its row.
    var beforeCursor: String { rows[row].prefix(column).joined() }

    mutating func resize(columns: Int) { self.columns = columns }

    mutating func take(_ text: String) {
        for scalar in text.unicodeScalars {
            if pending.isEmpty { take(scalar) } else { takeEscaped(scalar) }
        }
    }

    private mutating func take(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\u{1B}": pending = [scalar]
        case "\r": column = 0
        case "\n": down()
        case "\u{8}": column = max(0, min(column, columns) - 1)
        case "\t": column = min(columns - 1, (column / 8 + 1) * 8)
        case "\u{7}": break
        default: put(scalar)
        }
    }

    private mutating func put(_ scalar: Unicode.Scalar) {
        let width = DisplayText.width(of: String(scalar))
        if width == 0 {
            let place = max(0, column - 1)
            if place < rows[row].count { rows[row][place].unicodeScalars.append(scalar) }
            return
        }
        if column + width > columns {
            column = 0
            down()
        }
        fill(to: column + width)
        rows[row][column] = String(scalar)
        if width == 2 { rows[row][column + 1] = "" }
        column += width
    }

    private mutating func fill(to count: Int) {
        while rows[row].count < count { rows[row].append(" ") }
    }

    private mutating func down() {
        row += 1
        if row == rows.count { rows.append([]) }
    }

    private mutating func takeEscaped(_ scalar: Unicode.Scalar) {
        pending.append(scalar)
        if pending.count == 2 {
            if scalar != "[" { finish() }
            return
        }
        if scalar.value >= 0x40, scalar.value <= 0x7E { finish() }
    }

    private mutating func finish() {
        let sequence = String(String.UnicodeScalarView(pending.dropFirst()))
        pending = []
        guard sequence.first == "[", let last = sequence.last else { return unknown.append(sequence) }
        let count = Int(sequence.dropFirst().dropLast()) ?? 1
        switch last {
        case "A": row = max(0, row - count)
        case "B": for _ in 0..<count { down() }
        case "C": column = min(columns - 1, column + count)
        case "D": column = max(0, min(column, columns - 1) - count)
        case "G": column = count - 1
        case "J":
            rows.removeSubrange((row + 1)...)
            rows[row] = Array(rows[row].prefix(column))
        case "K": rows[row] = Array(rows[row].prefix(column))
        case "P":
            let end = min(rows[row].count, column + count)
            if column < end { rows[row].removeSubrange(column..<end) }
        case "@":
            fill(to: column)
            rows[row].insert(contentsOf: [String](repeating: " ", count: count), at: column)
            rows[row] = Array(rows[row].prefix(columns))
        case "m": break
        default: if sequence != "[?2004h", sequence != "[?2004l" { unknown.append(sequence) }
        }
    }
}
