import ChatTestKit
import Testing

@testable import ChatClientKit

/// A drawing and the screen that it is drawn on.
private struct Drawn {
    var drawing = LineDrawing()
    var screen: TerminalScreen

    init(columns: Int) {
        screen = TerminalScreen(columns: columns, sequences: .together)
    }

    mutating func draw(_ before: String, _ after: String, prompt: String = "me> ") {
        screen.take(drawing.draw(.init(prompt: prompt, before: before, after: after), columns: screen.columns))
    }

    mutating func say(_ text: String) {
        screen.take(drawing.hide(columns: screen.columns) + text + "\r\n")
    }
}

@Suite struct LineDrawingTests {
    @Test func theCursorsRowIsThatOfTheTerminal() {
        func row(_ text: String, _ next: Character? = nil, columns: Int) -> Int {
            LineDrawing.cursor(behind: text, before: next, columns: columns).row
        }
        #expect(row("abc", columns: 10) == 0)
        #expect(row("abcdefghij", columns: 10) == 1)
        #expect(row("abcdefghijk", columns: 10) == 1)
        #expect(row("日本語日本", columns: 9) == 1)
        #expect(row("日本語日", columns: 9) == 0)
        #expect(row("日本語日", "本", columns: 9) == 1)
        #expect(row("日本語日", "a", columns: 9) == 0)
        #expect(row("👨‍👩‍👧🇫🇷❤\u{FE0F}e\u{301}e\u{301}", columns: 9) == 0)
    }

    @Test func whatIsTypedAtTheEndIsAllThatIsWritten() {
        var drawing = LineDrawing()
        func draw(_ before: String, _ after: String = "") -> String {
            drawing.draw(.init(prompt: "> ", before: before, after: after), columns: 80)
        }
        #expect(draw("") == "> ")
        #expect(draw("a") == "a")
        #expect(draw("a") == "")
        #expect(draw("abc") == "bc")
        #expect(draw("ab", "c") == "\r\u{1B}[J> abc\r> ab")
        #expect(draw("abce") == "\r\u{1B}[J> abce")
        // Part of the character before it, and so not written alone.
        #expect(draw("abce\u{301}") == "\r\u{1B}[J> abce\u{301}")
        #expect(draw("abce\u{301}👨\u{200D}") == "👨\u{200D}")
        #expect(draw("abce\u{301}👨\u{200D}👩") == "\r\u{1B}[J> abce\u{301}👨\u{200D}👩")
    }

    @Test func aLineCannotActOnTheTerminal() {
        let line = LineDrawing.Line(prompt: "> ", before: "a\u{1B}[2J", after: "\u{202E}b\r")
        #expect(line.text == "a^[[2J\\u{202E}b^M")
    }

    @Test func aCursorWithinACharacterIsShownBeforeIt() {
        let flags = LineDrawing.Line(prompt: "> ", before: "a🇫", after: "🇩🇪")
        #expect(flags.before == "a" && flags.text == "a🇫🇩🇪")
        #expect(LineDrawing.Line.character(at: 2, of: "a🇫🇷b") == 1..<3)
        #expect(LineDrawing.Line.character(at: 3, of: "a🇫🇷b").isEmpty)
        #expect(LineDrawing.Line.character(at: 0, of: "").isEmpty)
    }

    // Whatever is typed, erased and said meanwhile, in rows of any width.
    @Test func theScreenShowsWhatWasSaidThenTheLineAndTheCursorWhereItIs() {
        var random = SeededRandom.announced(for: "lines")
        let characters: [Character] = [
            "a", "b", " ", "ä", "e\u{301}", "你", "한", "👍", "👍🏽", "👨‍👩‍👧", "🇫🇷", "🇩🇪", "❤\u{FE0F}",
        ]
        for _ in 0..<30 {
            var drawn = Drawn(columns: random.number(6...24))
            var line: [Character] = []
            var cursor = 0
            var said: [String] = []
            for _ in 0..<60 {
                switch random.number(1...6) {
                case 1 where cursor > 0: line.remove(at: cursor - 1)
                case 2:
                    said.append("s\(said.count)")
                    drawn.say(said[said.count - 1])
                default: line.insert(random.pick(characters), at: cursor)
                }
                cursor = random.oneIn(2) ? line.count : random.number(0...line.count)
                drawn.draw(String(line[..<cursor]), String(line[cursor...]))
                expect(drawn.screen, shows: said, then: line, cursor)
            }
        }
    }

    private func expect(
        _ screen: TerminalScreen, shows said: [String], then line: [Character], _ cursor: Int,
        at location: SourceLocation = #_sourceLocation
    ) {
        var plain = TerminalScreen(columns: screen.columns, sequences: .together)
        plain.take("me> " + String(line))
        let lines = said + plain.lines
        #expect(screen.lines == lines || screen.lines == lines + [""], sourceLocation: location)
        // Its column is where the next character stands: with it, the rows are those of the beginning of the line.
        var left = TerminalScreen(columns: screen.columns, sequences: .together)
        left.take("me> " + String(line[..<cursor]))
        let next = cursor < line.count ? String(line[cursor]) : "x"
        let before = left.cursor
        left.take(next)
        let isInNextRow = left.cursor.row > before.row
        #expect(screen.cursor.row == said.count + left.cursor.row, sourceLocation: location)
        #expect(screen.cursor.column == (isInNextRow ? 0 : before.column), sourceLocation: location)
        #expect(screen.unknown == [], sourceLocation: location)
    }
}
