import CommandLineTool

/// What is seen of the line being typed: the prompt and the line, over as many rows as they take, and the cursor in it.
/// Says what to write, and writes nothing itself.
///
/// Terminals disagree about how many columns a sequence of emoji takes. So nobody counts where the cursor stands in its
/// row: what is left of it is written once more, and there it is. Only rows are counted.
struct LineDrawing {
    struct Line: Equatable {
        let prompt: String
        /// What is left of the cursor, in whole characters.
        let before: String
        let after: String

        /// A cursor within a character, where half of a flag was typed before another flag, is shown before it.
        init(prompt: String, before: String, after: String) {
            let all = before + after
            let cursor = Line.character(at: before.unicodeScalars.count, of: all).lowerBound
            let place = all.unicodeScalars.index(all.startIndex, offsetBy: cursor)
            self.prompt = prompt
            self.before = Line.shown(String(all[..<place]))
            self.after = Line.shown(String(all[place...]))
        }

        var text: String { before + after }

        /// The character, as a range of Unicode scalars, within which this place lies; empty if it is between two.
        static func character(at place: Int, of text: String) -> Range<Int> {
            var start = 0
            for character in text where start < place {
                let end = start + character.unicodeScalars.count
                if place < end { return start..<end }
                start = end
            }
            return place..<place
        }

        /// A line feed stands before the words of a search, which libedit keeps behind the line.
        private static func shown(_ text: String) -> String {
            let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
            return DisplayText.printable(rows.joined(separator: "  "))
        }
    }

    /// What is on the screen.
    private var drawn: Line?
    /// How wide the terminal was when it was drawn.
    private var columns = 0

    /// Shows the line, where it stands already or, if it does not, from the cursor on, which is at a row's beginning.
    mutating func draw(_ line: Line, columns: Int) -> String {
        guard drawn != line || columns != self.columns else { return "" }
        if let added = added(line, columns: columns) {
            drawn = line
            return added + settled(behind: line.prompt + line.before)
        }
        let hidden = hide(columns: columns)
        drawn = line
        self.columns = columns
        let whole = line.prompt + line.text
        let shown = hidden + whole + settled(behind: whole)
        guard let next = line.after.first else { return shown }
        let left = line.prompt + line.before
        let rows = LineDrawing.cursor(behind: whole, columns: columns).row
        return shown + LineDrawing.begin(rows) + left + settled(behind: left, before: next)
    }

    /// Clears prompt and line from the screen and leaves the cursor where the prompt began.
    ///
    /// After a change of the width some terminals have broken the rows anew and others have not. The lesser count
    /// leaves a piece of the line standing where it is wrong; the greater one would clear what was said above.
    mutating func hide(columns: Int) -> String {
        guard let drawn else { return "" }
        self.drawn = nil
        let rows = [columns, self.columns].map { columns in
            LineDrawing.cursor(behind: drawn.prompt + drawn.before, before: drawn.after.first, columns: columns).row
        }
        return LineDrawing.begin(rows.min() ?? 0) + "\u{1B}[J"
    }

    /// Leaves the line on the screen for good, and the cursor below it.
    mutating func leave(_ line: Line, columns: Int) -> String {
        hide(columns: columns) + line.prompt + line.text + "\r\n"
    }

    /// The screen is empty.
    mutating func forget() { drawn = nil }

    /// What was typed at the end, if that is all that has changed.
    private func added(_ line: Line, columns: Int) -> Substring? {
        guard let drawn, columns == self.columns, line.prompt == drawn.prompt, line.after.isEmpty, drawn.after.isEmpty,
            line.before.hasPrefix(drawn.before)
        else { return nil }
        return line.before.dropFirst(drawn.before.count)
    }

    /// Takes the cursor to the next row where there is no room for what follows: a terminal does so only when it comes.
    private func settled(behind text: String, before next: Character? = nil) -> String {
        let isFull = LineDrawing.cursor(behind: text, before: next, columns: columns).isAtEdge
        return isFull ? "\(next ?? " ")\r" : ""
    }

    private static func begin(_ rows: Int) -> String { "\r" + (rows > 0 ? "\u{1B}[\(rows)A" : "") }

    /// How many rows below the first the cursor stands behind a text, and whether it got there because its row was
    /// full. A wide character is never split.
    static func cursor(behind text: String, before next: Character? = nil, columns: Int) -> (row: Int, isAtEdge: Bool) {
        var row = 0
        var column = 0
        for character in text {
            let width = DisplayText.width(of: character)
            if column + width > columns {
                row += 1
                column = 0
            }
            column += width
        }
        let isAtEdge = column + max(1, DisplayText.width(of: next ?? " ")) > columns
        return (isAtEdge ? row + 1 : row, isAtEdge)
    }
}
