import ChatTestKit
import CommandLineTool
import JSONText
import Synchronization
import Testing

@testable import ChatClientKit

@Suite("chatclient on a terminal", .serialized, .ownThread) struct TerminalTests {
    @Test func tabCompletesCommandsUsersAndGroups() async throws {
        let scene = try TerminalScene()
        try await scene.begin()
        scene.terminal.type("groupc\t")
        try await scene.typed("groupchat")
        scene.terminal.type("cl\thello\r")
        #expect(try await scene.received("groupchat")["group"] == 7)
        scene.terminal.type("/chat a\t")
        try await scene.typed("/chat ann")
        scene.terminal.type("hi\r")
        #expect(try await scene.received("chat")["to"] == "ann")
        // No other screen, so that what was said stays where one scrolls to.
        #expect(!scene.terminal.output.contains("\u{1B}[?1049h"))
        #expect(scene.terminal.screen.unknown == [])
    }

    @Test func aMessageThatArrivesDoesNotBreakTheLineBeingTyped() async throws {
        let scene = try TerminalScene()
        try await scene.begin()
        scene.terminal.type("chat ann hel")
        try await scene.typed("chat ann hel")
        scene.push("look: \u{1B}[2J")
        try await scene.terminal.wait("the message") { $0.lines.contains { $0.hasSuffix("climbers/ann: look: ^[[2J") } }
        try await scene.typed("chat ann hel")
        scene.terminal.type("lo\r")
        #expect(try await scene.received("chat")["text"] == "hello")
    }

    @Test func theOlderFormIsTypedWithColons() async throws {
        let scene = try TerminalScene()
        try await scene.begin()
        scene.terminal.type("chat:bob:hello: there\r")
        let said = try await scene.received("chat")
        #expect(said["to"] == "bob" && said["text"] == "hello: there")
        scene.terminal.type("groupchat:cl\t")
        try await scene.typed("groupchat:climbers:")
        scene.terminal.type("hi\r")
        let groupSaid = try await scene.received("groupchat")
        #expect(groupSaid["group"] == 7 && groupSaid["text"] == "hi")
    }

    @Test(arguments: [true, false])
    func peopleHaveColoursUnlessTheUserWantsNone(inColour: Bool) async throws {
        let scene = try TerminalScene(inColour: inColour)
        try await scene.begin()
        scene.push("hello")
        try await scene.terminal.wait("the message") { $0.lines.contains("climbers/ann: hello") }
        let output = scene.terminal.output
        let painted = PushText.hue(9).paint("ann", if: true)
        #expect(output.contains("climbers/\(painted): hello") == inColour)
        #expect(output.contains(#/\x1B\[[0-9;]*m/#) == inColour)
    }

    @Test func controlCOnceGivesTheLineUpAndTwiceLeaves() async throws {
        let scene = try TerminalScene()
        try await scene.begin()
        scene.terminal.type("chat ann never")
        try await scene.typed("chat ann never")
        scene.terminal.type("\u{3}")
        try await scene.terminal.wait("a new line") { $0.typed.hasSuffix(">") }
        scene.terminal.type("whoami\r")
        _ = try await scene.received("whoami")
        #expect(scene.server.received("chat").isEmpty)
        scene.terminal.type("\u{3}")
        try await scene.terminal.wait("the hint") { $0.lines.contains("Ctrl-C again leaves") }
        scene.terminal.type("\u{3}")
        let status = try await scene.terminal.waitForEnd()
        #expect(status == 0)
    }

    @Test func aPasteOfSeveralLinesIsOneMessage() async throws {
        let scene = try TerminalScene()
        try await scene.begin()
        scene.terminal.type("chat ann ")
        try await scene.typed("chat ann")
        scene.terminal.type("\u{1B}[200~one\rtwo\tthree\nfour\r\u{1B}[201~")
        try await scene.typed("chat ann one␤two␉three␤four")
        #expect(scene.server.received("chat").isEmpty)
        scene.terminal.type("\r")
        #expect(try await scene.received("chat")["text"] == "one\ntwo\tthree\nfour")
    }

    @Test func aLineOverSeveralRowsOutlivesANewWidthAndAMessage() async throws {
        let scene = try TerminalScene(columns: 60)
        try await scene.begin()
        let text = "chat ann " + (0..<12).map { "word\($0)" }.joined(separator: "-")
        scene.terminal.type(text)
        try await scene.typed(text)
        scene.terminal.resize(columns: 44)
        scene.push("narrow")
        try await scene.terminal.wait("the message") { $0.lines.contains { $0.hasSuffix("climbers/ann: narrow") } }
        try await scene.typed(text)
        scene.terminal.type("!\r")
        #expect(try await scene.received("chat")["text"]?.stringValue == String(text.dropFirst(9)) + "!")
    }

    @Test(arguments: TerminalScreen.Sequences.allCases)
    func wideCharactersAreEditedWhereTheyAreSeen(sequences: TerminalScreen.Sequences) async throws {
        let scene = try TerminalScene(columns: 41, sequences: sequences)
        try await scene.begin()
        scene.terminal.type("chat ann 你好世界")
        try await scene.typed("chat ann 你好世界")
        scene.terminal.type("\u{1B}[D\u{1B}[D的")
        try await scene.typed("chat ann 你好的世界")
        try await scene.cursor(behind: "你好的")
        scene.terminal.type("\u{5}這是一個很長的句子需要兩行👍🏽")
        try await scene.typed("chat ann 你好的世界這是一個很長的句子需要兩行👍🏽")
        scene.push("wide")
        try await scene.terminal.wait("the message") { $0.lines.contains { $0.hasSuffix("climbers/ann: wide") } }
        try await scene.typed("chat ann 你好的世界這是一個很長的句子需要兩行👍🏽")
        #expect(scene.terminal.screen.lines.count { $0.hasPrefix("bob@a") } == 1, "and no piece of it is left above")
        scene.terminal.type("\r")
        #expect(try await scene.received("chat")["text"] == "你好的世界這是一個很長的句子需要兩行👍🏽")
        #expect(scene.terminal.screen.unknown == [])
    }

    // libedit drew a column for each character without width, and put the cursor as if there were none.
    @Test(arguments: TerminalScreen.Sequences.allCases)
    func charactersOfSeveralScalarsAreEditedAsOne(sequences: TerminalScreen.Sequences) async throws {
        let scene = try TerminalScene(sequences: sequences)
        try await scene.begin()
        for (number, character) in ["e\u{301}", "👍", "👍🏽", "👨‍👩‍👧", "🇫🇷", "❤\u{FE0F}", "한"].enumerated() {
            scene.terminal.type("chat ann \(character)b")
            try await scene.typed("chat ann \(character)b")
            scene.terminal.type("\u{1B}[D")
            try await scene.cursor(behind: "ann \(character)")
            scene.terminal.type("\u{1B}[D")
            try await scene.cursor(behind: "ann ")
            scene.terminal.type("x\u{1B}[Cy")
            try await scene.typed("chat ann x\(character)yb")
            try await scene.cursor(behind: "ann x\(character)y")
            scene.push("number \(number)", position: 11 + Int64(number))
            try await scene.terminal.wait("the message") { $0.lines.contains("climbers/ann: number \(number)") }
            try await scene.typed("chat ann x\(character)yb")
            scene.terminal.type("\r")
            #expect(try await scene.received("chat", count: number + 1)["text"] == .string("x\(character)yb"))
        }
        #expect(scene.terminal.screen.unknown == [])
    }

    @Test func theHistoryIsSearchedOnTheLineAndTheScreenCleared() async throws {
        let scene = try TerminalScene()
        try await scene.begin()
        scene.terminal.type("chat ann first\r")
        _ = try await scene.received("chat")
        scene.terminal.type("whoami\r")
        try await scene.terminal.wait("the answer") { $0.lines.contains("method: whoami") }
        scene.terminal.type("\u{12}fir")
        try await scene.typed("chat ann first  bck:fir")
        scene.terminal.type("\u{5}")
        try await scene.typed("chat ann first")
        scene.terminal.type("\u{C}!")
        try await scene.typed("chat ann first!")
        #expect(scene.terminal.screen.lines.count == 1)
        scene.terminal.type("\r")
        #expect(try await scene.received("chat", count: 2)["text"] == "first!")
        #expect(scene.terminal.screen.unknown == [])
    }

    @Test func whoTalksWithSomebodyTypesMessagesAndCommandsBehindASlash() async throws {
        let scene = try TerminalScene()
        try await scene.begin()
        scene.terminal.type("talk ann\r")
        try await scene.terminal.wait("the partner") { $0.typed.hasSuffix("→ ann>") }
        scene.terminal.type("whoami is no command here\r")
        let said = try await scene.received("chat")
        #expect(said["to"] == 9 && said["text"] == "whoami is no command here")
        scene.terminal.type("/whoami\r")
        _ = try await scene.received("whoami")
        scene.terminal.type("//a slash\r")
        #expect(try await scene.received("chat", count: 2)["text"] == "/a slash")
        scene.terminal.type("/talk\r")
        try await scene.terminal.wait("no partner") { $0.typed.hasPrefix("bob@a") && !$0.typed.contains("→") }
    }

    @Test func whatIsUnreadStandsInThePromptUntilOneTalksThere() async throws {
        let scene = try TerminalScene(unread: [
            ["conversation": "group:7", "group": ["id": 7, "name": "climbers"], "lastSeq": 10, "readSeq": 8]
        ])
        try await scene.begin()
        try await scene.terminal.wait("two unread") { $0.typed.contains("2 unread") }
        scene.push("one more")
        try await scene.terminal.wait("three unread") { $0.typed.contains("3 unread") }
        scene.terminal.type("talk climbers\r")
        let read = try await scene.received("read")
        #expect(read["conversation"] == "group:7" && read["seq"] == 11)
        try await scene.terminal.wait("nothing unread") { !$0.typed.contains("unread") }
    }

    @Test func thePromptShowsNodeLatencyAndLag() async throws {
        let scene = try TerminalScene()
        try await scene.begin()
        #expect(scene.terminal.screen.typed.wholeMatch(of: #/bob@a [0-9]+m?s>/#) != nil)
        scene.push("late", at: "2020-01-01T00:00:00.000Z")
        try await scene.terminal.wait("the lag") { $0.typed.contains(#/^bob@a [0-9]+m?s lag [0-9]+s/#) }
        scene.push("in time", position: 12, at: "2100-01-01T00:00:00.000Z")
        try await scene.terminal.wait("no lag") { $0.typed.hasPrefix("bob@a") && !$0.typed.contains("lag") }
        scene.terminal.type("status\r")
        try await scene.terminal.wait("the status") { screen in
            screen.lines.contains { $0.contains(#/^node a, latency [0-9]+ ms$/#) }
                && screen.lines.contains("shown up to position 12, live, lag 0 s, 2 unread")
        }
    }

    @Test func aLostConnectionAndTheReturnAreSaidAboveTheLineBeingTyped() async throws {
        let isBack = Mutex(false)
        let scene = try TerminalScene { request in
            if request.connection == 1, request.method == "whoami" { return [.close] }
            let isAway = request.connection > 1 && !isBack.withLock { $0 }
            return isAway ? [.close] : nil
        }
        try await scene.begin()
        scene.terminal.type("whoami\r")
        try await scene.terminal.wait("the prompt without a connection") { $0.typed.hasPrefix("bob (not connected)") }
        scene.terminal.type("chat ann hel")
        try await scene.typed("chat ann hel")
        isBack.withLock { $0 = true }
        try await scene.terminal.wait("the return") { $0.lines.contains("connected again") }
        try await scene.begin()
        try await scene.typed("chat ann hel")
        let login = try await scene.received("login", count: 2)
        #expect(login["token"] == "T" && login["since"] == 10)
        #expect(scene.terminal.screen.lines.count { $0.contains("; trying again in ") } == 1)
        // What was asked before the loss is answered after it.
        try await scene.terminal.wait("the answer") { $0.lines.contains("method: whoami") }
        scene.terminal.type("lo\r")
        #expect(try await scene.received("chat")["text"] == "hello")
    }
}
