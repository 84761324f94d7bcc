import Foundation
import JSONText

private let session: JSONValue = [
    "user": ["id": 3, "name": "bob"], "device": "d", "token": "T", "epoch": "e", "position": 10,
    "friends": [["id": 9, "name": "ann", "online": true]], "requests": [],
    "groups": [["id": 7, "name": "climbers"]], "invitations": [],
]

/// The program on a terminal, with a server that is scripted.
final class TerminalScene: Sendable {
    let server: ScriptedServer
    let terminal: PseudoTerminal
    private let folder = FileManager.default.temporaryDirectory.path + "/scene-\(UUID().uuidString)"

    /// `answer` goes before what the server answers otherwise; it does not where it gives nil.
    init(
        columns: Int = 80, sequences: TerminalScreen.Sequences = .apart, inColour: Bool = false,
        unread: [JSONValue] = [],
        answer: @escaping @Sendable (ScriptedServer.Received) -> [ScriptedServer.Reaction]? = { _ in nil }
    ) throws {
        let server = ScriptedServer { answer($0) ?? TerminalScene.usual($0, unread: unread) }
        self.server = server
        Thread { server.serve() }.start()
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let client = URL(fileURLWithPath: program).deletingLastPathComponent().appendingPathComponent("chatclient").path
        terminal = try PseudoTerminal(
            [client, "--server", "127.0.0.1:\(server.port)", "--user", "bob", "--device", "d"],
            environment: [
                "TERM": "xterm", "NO_COLOR": inColour ? "" : "1", "LANG": "C.UTF-8", "XDG_STATE_HOME": folder,
                "CHAT_PASSWORD": "secret12", "HOME": folder,
            ], screen: TerminalScreen(columns: columns, sequences: sequences))
    }

    private static func usual(
        _ request: ScriptedServer.Received, unread: [JSONValue]
    ) -> [ScriptedServer.Reaction] {
        switch request.method {
        case "hello": [.result(["node": "a", "limits": ["rate.commands": 0]])]
        case "login": [.result(session), .push("caughtup", ["position": 10])]
        case "conversations": [.result(["conversations": .array(unread)])]
        case "chat": [.result(["conversation": "direct:3:9", "seq": 1, "position": 20])]
        default: request.id == nil ? [] : [.result(["method": .string(request.method)])]
        }
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

    /// Waits until the cursor stands behind this.
    func cursor(behind text: String) async throws {
        try await terminal.wait("the cursor behind '\(text)'") { $0.beforeCursor.hasSuffix(text) }
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

    /// Ann writes to the group; `at` is the time of it.
    func push(_ text: String, position: Int64 = 11, at: String? = nil) {
        server.push(
            "message",
            [
                "position": .integer(position), "conversation": "group:7", "seq": .integer(position),
                "from": ["id": 9, "name": "ann"], "text": .string(text), "at": at.map { .string($0) } ?? .null,
            ])
    }
}
