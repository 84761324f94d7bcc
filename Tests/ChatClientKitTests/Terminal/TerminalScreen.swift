/// What a terminal shows: as much of its language as a line editor speaks. Rows that leave at the top are kept.
struct TerminalScreen {
    /// What it makes of several emoji that belong together, of a flag, and of what U+FE0F makes an emoji.
    enum Sequences: CaseIterable {
        /// Each takes the columns that it takes alone, as in xterm.
        case apart
        /// All are one character of two columns, as in kitty and Ghostty.
        case together
    }

    private(set) var columns: Int
    private let sequences: Sequences
    private var rows: [[String]] = [[]]
    private var row = 0
    private var column = 0
    /// Control sequences and characters that it was told and does not know.
    private(set) var unknown: [String] = []
    private var pending: [Unicode.Scalar] = []

    init(columns: Int, sequences: Sequences = .apart) {
        self.columns = columns
        self.sequences = sequences
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

    var cursor: (row: Int, column: Int) { (row, column) }

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
        let width = columns(of: scalar)
        if let base, width == 0 || belongs(scalar, to: rows[row][base]) {
            rows[row][base].unicodeScalars.append(scalar)
            if scalar == "\u{FE0F}", sequences == .together, base == column - 1 { widen(base) }
            return
        }
        if width == 0 { return }
        if column + width > columns {
            column = 0
            down()
        }
        place(String(scalar), width)
    }

    private mutating func place(_ character: String, _ width: Int) {
        fill(to: column + width)
        rows[row][column] = character
        if width == 2 { rows[row][column + 1] = "" }
        column += width
    }

    /// Where the character begins that is left of the cursor.
    private var base: Int? { rows[row].prefix(column).lastIndex { !$0.isEmpty } }

    private func belongs(_ scalar: Unicode.Scalar, to character: String) -> Bool {
        guard sequences == .together, let last = character.unicodeScalars.last else { return false }
        let isHalf = TerminalScreen.regional.contains(last) && character.unicodeScalars.count == 1
        return last == "\u{200D}" || TerminalScreen.skins.contains(scalar) && last == "👍"
            || isHalf && TerminalScreen.regional.contains(scalar)
    }

    /// Makes the character two columns wide, in the next row if it is the last of its own.
    private mutating func widen(_ base: Int) {
        let character = rows[row][base]
        column = base
        if column + 2 > columns {
            rows[row].removeSubrange(base...)
            column = 0
            down()
        }
        place(character, 2)
    }

    private static let regional: ClosedRange<Unicode.Scalar> = "\u{1F1E6}"..."\u{1F1FF}"
    private static let skins: ClosedRange<Unicode.Scalar> = "\u{1F3FB}"..."\u{1F3FF}"

    /// How many columns a character takes alone, by a table of what the tests show. It owes the program's nothing.
    private mutating func columns(of scalar: Unicode.Scalar) -> Int {
        guard let width = TerminalScreen.known(scalar, sequences) else {
            unknown.append("\(scalar) U+\(String(scalar.value, radix: 16, uppercase: true))")
            return 1
        }
        return width
    }

    private static func known(_ scalar: Unicode.Scalar, _ sequences: Sequences) -> Int? {
        switch scalar {
        case " "..."~", "ä", "…", "→", "␉", "␤", "❤": 1
        case "\u{300}"..."\u{36F}", "\u{200D}", "\u{FE0F}": 0
        case regional: sequences == .together ? 2 : 1
        case "一"..."鿿", "가"..."힣", "ぁ"..."ヿ", "👍", "👦"..."👩", skins: 2
        default: nil
        }
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
        case "H": (row, column) = (max(0, rows.count - 24), 0)
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
