import Foundation
import JSONText
import Testing

@testable import CommandLineTool

@Suite struct OutputTests {
    @Test func controlCharactersAreShownAndNeverObeyed() {
        #expect(DisplayText.printable("a\u{1B}[2Jb\u{7F}\r\n\tc") == "a^[[2Jb^?^M^J^Ic")
        #expect(DisplayText.printable("\u{9B}31m\u{202E}x\u{2028}") == "\\u{9B}31m\\u{202E}x\\u{2028}")
        #expect(DisplayText.printable("a\nb", keepsLines: true) == "a\nb")
        #expect(DisplayText.printable("\r\n", keepsLines: true) == "^M\n")
        #expect(DisplayText.printable("grüße 👨‍👩‍👧 日本") == "grüße 👨‍👩‍👧 日本")
    }

    @Test func widthsAreThoseOfTheTerminal() {
        #expect(DisplayText.width(of: "abc") == 3)
        #expect(DisplayText.width(of: "日本") == 4)
        #expect(DisplayText.width(of: "e\u{301}") == 1)
        #expect(DisplayText.width(of: "👍🏽") == 2)
        #expect(DisplayText.width(of: "👨‍👩‍👧") == 2)
        #expect(DisplayText.width(of: "🇫🇷🇩🇪") == 4)
        #expect(DisplayText.width(of: "❤\u{FE0F}") == 2 && DisplayText.width(of: "❤") == 1)
        #expect(DisplayText.width(of: "a\u{FE0F}") == 1)
        #expect(DisplayText.truncated("日本語", to: 4) == "日…")
        #expect(DisplayText.truncated("abc", to: 3) == "abc")
    }

    @Test func columnsAreAlignedAlsoWithWideCharacters() {
        var table = Table([.init("name"), .init("lag", isTrailing: true), .init("state")])
        table.rows.append(["name": .string("日本"), "lag": .integer(5), "state": .string("live")])
        table.rows.append(["name": .string("ab\u{1B}"), "lag": .integer(1234), "state": .null])
        #expect(table.text() == "NAME   LAG  STATE\n日本     5  live\nab^[  1234\n")
    }

    @Test func theSameRowsAreJSONLines() {
        let table = Table([.init("a")], rows: [["a": .integer(1), "b": .bool(true)], ["a": .string("x")]])
        #expect(table.jsonLines() == "{\"a\":1,\"b\":true}\n{\"a\":\"x\"}\n")
    }

    @Test func colourIsOnlyForTerminalsAndNeverWithNoColor() {
        let pipe = Pipe()
        let stream = StandardStream(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        withExtendedLifetime(pipe) { #expect(!stream.usesColour(environment: [:])) }
        #expect(Colour.red.paint("x", if: false) == "x")
        #expect(Colour.red.paint("x", if: true) == "\u{1B}[31mx\u{1B}[0m")
    }

    @Test func aClosedPipeIsAnAnswerAndNotTheEndOfTheProcess() throws {
        StandardStream.ignoreBrokenPipes()
        let pipe = Pipe()
        let stream = StandardStream(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        #expect(stream.write("first\n"))
        try pipe.fileHandleForReading.close()
        withExtendedLifetime(pipe) { #expect(!stream.write("second\n")) }
    }

    @Test func everythingIsWrittenThoughThePipeIsSmall() async throws {
        let pipe = Pipe()
        let stream = StandardStream(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let writer = Thread {
            stream.write(bytes)
            try? pipe.fileHandleForWriting.close()
        }
        writer.start()
        let read = try #require(try pipe.fileHandleForReading.readToEnd())
        #expect(Array(read) == bytes)
    }

    @Test func aPasswordComesFromTheFileElseTheEnvironmentElseTheTerminal() throws {
        let path = FileManager.default.temporaryDirectory.path + "/password-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("from file\r\nnot this\n".utf8).write(to: URL(fileURLWithPath: path))
        func find(_ file: String?, _ environment: [String: String], _ ask: @escaping (String) -> String?) throws
            -> String
        {
            try Password.find(variable: "V", file: file, question: "?", environment: environment, ask: ask)
        }
        #expect(try find(path, ["V": "from variable"]) { _ in "asked" } == "from file")
        #expect(try find(nil, ["V": "from variable"]) { _ in "asked" } == "from variable")
        #expect(try find(nil, [:]) { _ in "asked" } == "asked")
        #expect(throws: UsageError.self) { try find(nil, [:]) { _ in nil } }
        #expect(throws: UsageError.self) { try find("/nowhere", [:]) { _ in "asked" } }
    }
}

@Suite struct ProgressTests {
    private func state(terminal: Bool, total: Int? = 1000) -> ProgressState {
        ProgressState(label: "replay", unit: "events", total: total, isTerminal: terminal, width: 80, start: 100)
    }

    @Test func shortWorkSaysNothing() {
        var state = state(terminal: true)
        #expect(state.update(500, total: nil, at: 100.9) == nil)
        #expect(state.finish(at: 100.95) == nil)
    }

    @Test func aTerminalGetsABarWithRateAndTimeLeft() {
        var state = state(terminal: true)
        #expect(
            state.update(500, total: nil, at: 102)
                == "\r\u{1B}[Kreplay ██████████░░░░░░░░░░ 50% 500/1000 events, 250 events/s, 2 s left")
        #expect(state.update(510, total: nil, at: 102.05) == nil)
        #expect(state.update(520, total: nil, at: 102.2) != nil)
        #expect(state.finish(at: 104) == "\r\u{1B}[Kreplay: 520 events in 4 s, 130 events/s\n")
    }

    @Test func aFileGetsPlainLinesNowAndThen() {
        var state = state(terminal: false)
        #expect(state.update(100, total: nil, at: 102) == "replay: 10% 100/1000 events, 50 events/s, 18 s left\n")
        #expect(state.update(200, total: nil, at: 104) == nil)
        #expect(state.update(300, total: nil, at: 107.5) != nil)
        #expect(state.finish(at: 110) == "replay: 300 events in 10 s, 30 events/s\n")
    }

    @Test func anUnknownTotalHasNoTimeLeft() {
        var state = state(terminal: false, total: nil)
        #expect(state.update(30, total: nil, at: 102) == "replay: 30 events, 15 events/s\n")
    }

    @Test func aBarIsNeverWiderThanTheTerminal() {
        var state = ProgressState(label: "replay", unit: "events", total: 9, isTerminal: true, width: 30, start: 0)
        let text = state.update(3, total: nil, at: 2) ?? ""
        #expect(DisplayText.width(of: String(text.dropFirst(4))) <= 29)
    }

    @Test func timesReadWell() {
        #expect(ProgressState.time(59.2) == "1 min 0 s")
        #expect(ProgressState.time(0.2) == "1 s")
        #expect(ProgressState.time(7300) == "2 h 1 min")
    }
}
