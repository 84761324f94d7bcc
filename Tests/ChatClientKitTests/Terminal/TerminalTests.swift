import ChatTestKit
import Foundation
import JSONText
import Testing

@testable import ChatClientKit

private let session: JSONValue = [
    "user": ["id": 3, "name": "bob"], "device": "d", "token": "T", "epoch": "e", "position": 10,
    "friends": [["id": 9, "name": "ann", "online": true]], "requests": [],
    "groups": [["id": 7, "name": "climbers"]], "invitations": [],
]

/// The program on a terminal, with a server that is scripted.
private final class TerminalScene: Sendable {
    let server: ScriptedServer
    let terminal: PseudoTerminal
    private let folder = FileManager.default.temporaryDirectory.path + "/scene-\(UUID().uuidString)"

    init(columns: Int = 80, unread: [JSONValue] = []) throws {
        let server = ScriptedServer { request in
            switch request.method {
            case "hello": return [.result(["node": "a", "limits": ["rate.commands": 0]])]
            case "login": return [.result(session), .push("caughtup", ["position": 10])]
            case "conversations": return [.result(["conversations": .array(unread)])]
            case "chat": return [.result(["conversation": "direct:3:9", "seq": 1, "position": 20])]
            default: return request.id == nil ? [] : [.result(["method": .string(request.method)])]
            }
        }
        self.server = server
        Thread { server.serve() }.start()
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let client = URL(fileURLWithPath: program).deletingLastPathComponent().appendingPathComponent("chatclient").path
        terminal = try PseudoTerminal(
            [client, "--server", "127.0.0.1:\(server.port)", "--user", "bob", "--device", "d"],
            environment: [
                "TERM": "xterm", "NO_COLOR": "1", "LANG": "C.UTF-8", "XDG_STATE_HOME": folder,
                "CHAT_PASSWORD": "secret12", "HOME": folder,
            ], columns: columns)
    }

    deinit {
        server.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Waits for the prompt of somebody who is logged in.
    func begin() async throws {
        try await terminal.wait("the prompt") { $0.typed.hasPrefix("bob@a") && !$0.typed.contains("catching up") }
    }

    /// Waits until this is what is being typed, behind the prompt.
    func typed(_ text: String) async throws {
        try await terminal.wait("the line '\(text)'") { $0.typed.hasSuffix("> \(text)") }
    }

    /// Waits for a request; gives its parameters.
    func received(_ method: String, count: Int = 1) async throws -> JSONValue {
        try await terminal.wait {
            server.received(method).count >= count
        } orThrow: {
            .init(description: "no \(method): \(server.received.map(\.method))")
        }
        return server.received(method)[count - 1].params
    }

    func push(_ text: String, position: Int64 = 11) {
        server.push(
            "message",
            [
                "position": .integer(position), "conversation": "group:7", "seq": .integer(position),
                "from": ["id": 9, "name": "ann"], "text": .string(text),
            ])
    }
}

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

    @Test func wideCharactersAreEditedWhereTheyAreSeen() async throws {
        let scene = try TerminalScene(columns: 41)
        try await scene.begin()
        scene.terminal.type("chat ann 你好世界")
        try await scene.typed("chat ann 你好世界")
        scene.terminal.type("\u{1B}[D\u{1B}[D的")
        try await scene.typed("chat ann 你好的世界")
        #expect(scene.terminal.screen.beforeCursor.hasSuffix("你好的"))
        scene.terminal.type("\u{5}這是一個很長的句子需要兩行👍🏽")
        try await scene.typed("chat ann 你好的世界這是一個很長的句子需要兩行👍🏽")
        scene.push("wide")
        try await scene.terminal.wait("the message") { $0.lines.contains { $0.hasSuffix("climbers/ann: wide") } }
        try await scene.typed("chat ann 你好的世界這是一個很長的句子需要兩行👍🏽")
        scene.terminal.type("\r")
        #expect(try await scene.received("chat")["text"] == "你好的世界這是一個很長的句子需要兩行👍🏽")
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
}
