import CommandLineTool
import Foundation
import JSONText
import ParleyClient
import Synchronization
import Testing

@testable import ChatClientKit

/// What a run of the client printed, and how it ended.
private struct Outcome {
    var output = ""
    var errors = ""
    var failure: (any Error)?
    var code: ExitCode?

    var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// A place to run clients in: its own state folder and a scripted server.
private final class Scene: Sendable {
    let server: ScriptedServer
    let folder = FileManager.default.temporaryDirectory.path + "/scene-\(UUID().uuidString)"

    init(_ script: @escaping @Sendable (ScriptedServer.Received) -> [ScriptedServer.Reaction]) {
        server = ScriptedServer(script)
        let server = server
        Thread { server.serve() }.start()
    }

    deinit {
        server.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Runs the client with these arguments, on a thread of its own, as the program would.
    func run(_ arguments: [String], password: String? = "secret12", input: String = "") async -> Outcome {
        await withCheckedContinuation { continuation in
            Thread { [self] in continuation.resume(returning: runHere(arguments, password, input)) }.start()
        }
    }

    private func runHere(_ arguments: [String], _ password: String?, _ input: String) -> Outcome {
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        stdin.fileHandleForWriting.write(Data(input.utf8))
        try? stdin.fileHandleForWriting.close()
        var outcome = Outcome()
        do {
            var environment = ["XDG_STATE_HOME": folder]
            environment["CHAT_PASSWORD"] = password
            let all = ["--server", "127.0.0.1:\(server.port)", "--device", "d"] + arguments
            guard case .run(let invocation) = try ChatClientProgram.program.parse(all) else { return outcome }
            var settings = try ClientSettings(invocation, environment: environment)
            settings.input = stdin.fileHandleForReading.fileDescriptor
            settings.output = StandardStream(descriptor: stdout.fileHandleForWriting.fileDescriptor)
            settings.errors = StandardStream(descriptor: stderr.fileHandleForWriting.fileDescriptor)
            // The descriptors live as long as the pipes do.
            outcome.code = try withExtendedLifetime((stdin, stdout, stderr)) {
                try ChatClientProgram.perform(invocation, settings)
            }
        } catch {
            outcome.failure = error
        }
        try? stdout.fileHandleForWriting.close()
        try? stderr.fileHandleForWriting.close()
        outcome.output = String(decoding: stdout.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        outcome.errors = String(decoding: stderr.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        return outcome
    }
}

private let session: JSONValue = [
    "user": ["id": 3, "name": "bob"], "device": "d", "token": "T", "epoch": "e", "position": 10, "friends": [],
    "requests": [], "groups": [["id": 7, "name": "climbers"]], "invitations": [],
]

/// Logs everybody in who has the token T or a password, and answers everything else with its parameters.
private func friendly(_ request: ScriptedServer.Received) -> [ScriptedServer.Reaction] {
    switch request.method {
    case "hello": return [.result(["limits": ["rate.commands": 0]])]
    case "login":
        let isGood = request.params["token"] == nil || request.params["token"] == "T"
        return [isGood ? .result(session) : .refusal(code: 401, reason: "bad_token")]
    default: return request.id == nil ? [] : [.result(request.params)]
    }
}

private func message(_ position: Int64, _ text: String) -> ScriptedServer.Reaction {
    .push(
        "message",
        [
            "position": .integer(position), "conversation": "group:7", "seq": .integer(position),
            "from": ["id": 9, "name": "ann"], "text": .string(text),
        ])
}

@Suite struct ModeTests {
    @Test func theTokenOfOneRunOpensTheNextWithoutPassword() async {
        let scene = Scene(friendly)
        let first = await scene.run(["--user", "bob", "whoami"])
        let second = await scene.run(["--user", "bob", "whoami"], password: nil)
        #expect(first.code == .success && second.code == .success)
        let logins = scene.server.received("login").map(\.params)
        #expect(logins.first == ["name": "bob", "password": "secret12", "feed": false])
        #expect(logins.last == ["token": "T", "feed": false])
    }

    @Test func aTokenThatIsGoodNoMoreGivesWayToThePassword() async {
        let scene = Scene { request in
            if request.method == "login", request.params["token"] != nil {
                return [.refusal(code: 401, reason: "bad_token")]
            }
            return friendly(request)
        }
        _ = await scene.run(["--user", "bob", "whoami"])
        let second = await scene.run(["--user", "bob", "whoami"])
        #expect(second.code == .success)
        #expect(scene.server.received("login").count == 3)
    }

    @Test func aRefusalIsPrintedWithCodeAndReason() async {
        let scene = Scene { request in
            request.method == "friends" ? [.refusal(code: 403, reason: "forbidden")] : friendly(request)
        }
        let outcome = await scene.run(["--user", "bob", "friends"])
        #expect((outcome.failure as? Refusal)?.description == "error 403 forbidden: refused")
        #expect(outcome.output.isEmpty)
    }

    @Test func aServerThatCannotBeReachedIsAFailure() async {
        let scene = Scene(friendly)
        scene.server.stop()
        let outcome = await scene.run(["hello"])
        #expect((outcome.failure as? ToolFailure)?.code == .failed)
    }

    @Test func registeringNeedsNoLogin() async {
        let scene = Scene(friendly)
        let outcome = await scene.run(["register", "bob", "--json"])
        #expect(outcome.code == .success)
        let params = scene.server.received("register").first?.params
        #expect(params?["name"] == "bob" && params?["password"] == "secret12")
        #expect(params?["key"]?.stringValue?.count == 32)
        #expect(scene.server.received("login").isEmpty)
    }

    @Test func aRawCallIsSentAsItIsAndItsResultPrinted() async {
        let scene = Scene(friendly)
        let outcome = await scene.run(["--user", "bob", "call", "invent", "[1,\"x\"]"])
        #expect(outcome.lines == ["[1,\"x\"]"])
        let open = await scene.run(["call", "ping"])
        #expect(open.lines == ["{}"])
        #expect(scene.server.received("login").count == 1)
    }

    @Test func aGroupMayBeCalledByItsName() async {
        let scene = Scene(friendly)
        let outcome = await scene.run(["--user", "bob", "--json", "groupchat", "climbers", "hi", "all"])
        #expect(outcome.code == .success)
        #expect(scene.server.received("groupchat").first?.params["group"] == 7)
        #expect(scene.server.received("groupchat").first?.params["text"] == "hi all")
    }

    @Test func everyLineOfAPipeArrivesOnceAndInOrderThoughTheConnectionIsLost() async {
        let stored = Mutex<[(key: String, text: String)]>([])
        let scene = Scene { request in
            guard request.method == "chat", let key = request.params["key"]?.stringValue,
                let text = request.params["text"]?.stringValue
            else { return friendly(request) }
            let seq = stored.withLock { stored in
                if let index = stored.firstIndex(where: { $0.key == key }) { return index + 1 }
                stored.append((key, text))
                return stored.count
            }
            if request.connection < 4, seq == request.connection * 50 { return [.close] }
            return [.result(["seq": .integer(Int64(seq)), "conversation": "direct:3:9"])]
        }
        let lines = (1...300).map { "line \($0)" }
        let outcome = await scene.run(
            ["--user", "bob", "chat", "ann", "-", "--json"], input: lines.joined(separator: "\n\n"))
        #expect(outcome.code == .success)
        #expect(stored.withLock { $0.map(\.text) } == lines)
        #expect(outcome.lines.map { (try? JSONValue.parse($0))?["seq"]?.intValue } == (1...300).map { Int64($0) })
        #expect(scene.server.received("login").last?.params["token"] == "T")
    }

    @Test func aPipeEndsWithTheFirstRefusalThatEveryLineWouldGet() async {
        let scene = Scene { request in
            request.method == "chat" ? [.refusal(code: 404, reason: "no_such_user")] : friendly(request)
        }
        let input = (1...1000).map { "\($0)\n" }.joined()
        let outcome = await scene.run(["--user", "bob", "chat", "nobody", "-"], input: input)
        #expect(outcome.code == .negative)
        #expect(outcome.errors.hasPrefix("error 404 no_such_user: refused (line 1)"))
        #expect(scene.server.received("chat").count <= 2 * MessagePipe.window)
    }

    @Test func listeningPrintsAsManyMessagesAsAskedForAndAcknowledgesThoseOnly() async {
        let scene = Scene { request in
            let feed = [message(11, "one"), message(12, "two"), message(13, "three")]
            return friendly(request) + (request.method == "login" ? feed : [])
        }
        let outcome = await scene.run(["--user", "bob", "listen", "--count", "2"])
        #expect(outcome.code == .success)
        #expect(outcome.lines == ["climbers/ann: one", "climbers/ann: two"])
        #expect(scene.server.received("login").first?.params["device"] == "d")
        let last = scene.server.received("ack").last
        #expect(last?.params["position"] == 12)
        #expect(last?.id != nil)
    }

    @Test func listeningTooShortForItsCountSaysSo() async {
        let scene = Scene { request in
            friendly(request) + (request.method == "login" ? [message(11, "one")] : [])
        }
        let outcome = await scene.run(["--user", "bob", "listen", "--count", "2", "--for", "1", "--json"])
        #expect(outcome.code == .negative)
        #expect(outcome.lines.map { (try? JSONValue.parse($0))?["method"] } == ["message"])
    }

    @Test(arguments: [([], ExitCode.success), (["--count", "1"], .negative)])
    func listeningEndsAfterItsTimeThoughNobodyAnswers(more: [String], code: ExitCode) async {
        let scene = Scene { _ in [.close] }
        let outcome = await scene.run(["--user", "bob", "listen", "--for", "0.5"] + more)
        #expect(outcome.code == code)
        #expect(outcome.errors.contains("not logged in before the end"))
    }

    @Test func oneThingToDoIsGivenUpWhenNobodyAnswers() async {
        let scene = Scene { _ in [.close] }
        let outcome = await scene.run(["--user", "bob", "--patience", "0.2", "whoami"])
        #expect((outcome.failure as? ToolFailure)?.code == .failed)
    }

    @Test func listeningGoesOnBehindWhatItPrintedAfterAReconnect() async {
        let scene = Scene { request in
            guard request.method == "login" else { return friendly(request) }
            return request.connection == 1
                ? [.result(session), message(11, "one"), .close] : [.result(session), message(12, "two")]
        }
        let outcome = await scene.run(["--user", "bob", "listen", "--count", "2"])
        #expect(outcome.lines == ["climbers/ann: one", "climbers/ann: two"])
        let second = scene.server.received("login").last?.params
        #expect(second?["since"] == 11 && second?["epoch"] == "e" && second?["token"] == "T")
    }

    @Test func whoWasReplacedStopsListening() async {
        let scene = Scene { request in
            friendly(request) + (request.method == "login" ? [.push("goaway", ["reason": "replaced"])] : [])
        }
        let outcome = await scene.run(["--user", "bob", "listen", "--json"])
        #expect((outcome.failure as? ToolFailure)?.code == .failed)
        #expect(outcome.lines.last == #"{"method":"goaway","params":{"reason":"replaced"}}"#)
        #expect(scene.server.received("login").count == 1)
    }

    @Test func aScriptRunsLineByLineAndItsExitCodeTellsOfARefusal() async {
        let scene = Scene { request in
            request.method == "addfriend" ? [.refusal(code: 404, reason: "no_such_user")] : friendly(request)
        }
        let good = await scene.run(["--user", "bob", "--json"], input: "chat ann hi\ngroupchat:climbers:a:b\n")
        #expect(good.code == .success)
        #expect(scene.server.received.map(\.method).suffix(2) == ["chat", "groupchat"])
        #expect(scene.server.received.last?.params["text"] == "a:b")
        let bad = await scene.run(["--user", "bob"], input: "addfriend nobody\nwhoami\nquit\nwhoami")
        #expect(bad.code == .negative)
        #expect(bad.errors.contains("error 404 no_such_user: refused"))
        #expect(scene.server.received("whoami").count == 1)
    }

    @Test func aScriptMayRegisterAndLogIn() async {
        let scene = Scene(friendly)
        let outcome = await scene.run([], input: "register bob\nwhoami\nlogout\nwhoami\n")
        #expect(outcome.code == .negative)
        #expect(scene.server.received.map(\.method) == ["hello", "register", "login", "whoami", "logout"])
        #expect(outcome.errors.contains("not logged in"))
    }

    @Test func loggingOutForgetsTheToken() async {
        let scene = Scene(friendly)
        _ = await scene.run(["--user", "bob", "whoami"])
        #expect(await scene.run(["--user", "bob", "logout"], password: nil).code == .success)
        let after = await scene.run(["--user", "bob", "whoami"])
        #expect(after.code == .success)
        #expect(scene.server.received("login").last?.params["password"] == "secret12")
        #expect(scene.server.received("logout").count == 1)
    }
}
