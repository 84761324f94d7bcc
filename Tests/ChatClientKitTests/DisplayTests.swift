import CommandLineTool
import Foundation
import JSONText
import Testing

@testable import ChatClientKit

@Suite struct DisplayTests {
    private let now = 1_795_000_000

    private func line(_ method: String, _ params: JSONObject, colour: Bool = false) -> String? {
        var directory = Directory()
        directory.learnLogin([
            "user": ["id": 3, "name": "bob"], "friends": [["id": 9, "name": "ann"]],
            "groups": [["id": 7, "name": "climbers"]],
        ])
        return PushText(directory: directory, colour: colour, now: now).line(method, params)
    }

    @Test func messagesSayWhereTheyAreFrom() {
        let ann: JSONValue = ["id": 9, "name": "ann"]
        let me: JSONValue = ["id": 3, "name": "bob"]
        #expect(line("message", ["conversation": "direct:3:9", "from": ann, "text": "hi"]) == "ann: hi")
        #expect(line("message", ["conversation": "direct:3:9", "from": me, "text": "hi"]) == "me → ann: hi")
        #expect(line("message", ["conversation": "group:7", "from": ann, "text": "hi"]) == "climbers/ann: hi")
        #expect(
            line("message", ["conversation": "group:8", "from": ["id": 1, "name": .null], "text": "hi"])
                == "group 8/(deleted user 1): hi")
    }

    @Test func aPersonHasOneColourWhereverTheyWrite() throws {
        for id in Int64(20)...40 {
            let zoe: JSONValue = ["id": .integer(id), "name": "zoe"]
            let painted = PushText.hue(id).paint("zoe", if: true)
            let direct: JSONObject = ["conversation": "direct:3:9", "from": zoe, "text": "hi"]
            #expect(line("message", direct, colour: true) == "\(painted): hi")
            let group: JSONObject = ["conversation": "group:7", "from": zoe, "text": "hi"]
            #expect(line("message", group, colour: true) == "climbers/\(painted): hi")
            #expect(line("message", group) == "climbers/zoe: hi")
        }
    }

    @Test func differentPeopleMostlyHaveDifferentColoursAndNobodyThoseOfOneselfAndOfFailures() {
        let hues = (Int64(1)...400).map { PushText.hue($0) }
        #expect(zip(hues, hues.dropFirst()).allSatisfy { $0 != $1 }, "of people who came one after the other")
        #expect(Set(hues).allSatisfy { hue in hues.count { $0 == hue } == 100 }, "each as often as another")
        #expect(PushText.hue(nil) == .green)
        #expect(!hues.contains(.green) && !hues.contains(.red))
        let mine: JSONObject = ["conversation": "group:7", "from": ["id": 3, "name": "bob"], "text": "hi"]
        #expect(line("message", mine, colour: true) == "climbers/\(Colour.green.paint("me", if: true)): hi")
    }

    @Test func nothingThatComesInCanActOnTheTerminal() throws {
        let evil = "\u{1B}[2J\u{9B}1m\r\n\u{202E}"
        let user: JSONValue = ["id": 9, "name": .string(evil)]
        let params: JSONObject = [
            "conversation": .string(evil), "from": user, "to": user, "by": user, "user": user, "text": .string(evil),
            "emoji": .string(evil), "reason": .string(evil), "change": .string(evil), "role": .string(evil),
            "group": ["id": 7, "name": .string(evil)], "reactions": .object([evil: ["count": 1]]), "read": 4,
        ]
        let methods = [
            "message", "edited", "recalled", "reaction", "friendrequest", "friendadded", "friendremoved",
            "groupchanged", "presence", "receipt", "goaway", evil,
        ]
        for method in methods {
            let shown = try #require(line(method, params))
            #expect(!shown.unicodeScalars.contains { $0.properties.generalCategory == .control }, "\(method)")
            #expect(!shown.unicodeScalars.contains("\u{202E}"), "\(method)")
        }
    }

    @Test func resultsCannotActOnTheTerminalEither() {
        let evil: JSONValue = "\u{1B}[2J\r\n"
        let result: JSONValue = [
            "user": ["id": 1, "name": evil], "group": ["id": 1, "name": evil, "description": evil],
            "users": [["id": 1, "name": evil]], "friends": [["id": 1, "name": evil]],
            "groups": [["id": 1, "name": evil, "description": evil]], "state": evil, "conversation": evil,
            "messages": [["text": evil, "from": ["id": 1, "name": evil]]],
            "conversations": [["conversation": evil, "last": ["text": evil]]], "other": ["x": evil],
        ]
        let text = ResultText(directory: Directory(), colour: false, now: now)
        for spec in CommandTable.commands {
            for line in text.lines(spec.method, result) {
                #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control }, "\(spec.method)")
            }
        }
    }

    @Test func timesAreReadExactly() {
        #expect(Moment("1970-01-01T00:00:00.000Z")?.seconds == 0)
        #expect(Moment("2026-11-20T10:00:00.123Z")?.seconds == 1_795_168_800)
        #expect(Moment("2024-02-29T23:59:59.999Z")?.seconds == 1_709_251_199)
        #expect(Moment("yesterday") == nil)
        #expect(Moment("2026-13-20T10:00:00Z") == nil)
    }

    @Test func anotherDayIsNamed() throws {
        let moment = try #require(Moment("2026-11-20T12:03:22.500Z"))
        #expect(moment.text(now: moment.seconds).count == 8)
        #expect(moment.text(now: moment.seconds + 3 * 86_400).hasPrefix("2026-11-"))
    }
}

@Suite struct InputLinesTests {
    @Test func linesAreCutAndTheLastNeedsNoEnd() {
        var input = InputLines()
        #expect(input.take(Array("a\nb".utf8)) == [.text("a")])
        #expect(input.take(Array("c\n\nd".utf8)) == [.text("bc"), .text("")])
        #expect(input.end() == .text("d"))
        #expect(input.end() == nil)
    }

    @Test func whatIsNoTextIsReportedAndNotRepaired() {
        var input = InputLines()
        #expect(input.take([0xFF, 0x0A, 0x61, 0x0A]) == [.unreadable, .text("a")])
        var long = InputLines()
        #expect(long.take([UInt8](repeating: 0x61, count: InputLines.longest + 1)) == [])
        #expect(long.take(Array("b\nc\n".utf8)) == [.unreadable, .text("c")])
    }
}

@Suite struct StateFolderTests {
    private func folder() -> (StateFolder, String) {
        let path = FileManager.default.temporaryDirectory.path + "/state-\(UUID().uuidString)"
        return (StateFolder(environment: ["XDG_STATE_HOME": path]), path)
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func aTokenIsKeptForItsServerUserAndDeviceAndForTheUserAlone() throws {
        let (state, path) = folder()
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(state.keep("T", server: "s:1", user: "bob", device: "d", purpose: .device))
        #expect(state.token(server: "s:1", user: "bob", device: "d", purpose: .device) == "T")
        #expect(state.token(server: "s:2", user: "bob", device: "d", purpose: .device) == nil)
        #expect(state.token(server: "s:1", user: "bo", device: "d", purpose: .device) == nil)
        #expect(state.token(server: "s:1", user: "bob", device: "e", purpose: .device) == nil)
        #expect(state.token(server: "s:1", user: "bob", device: "d", purpose: .sending) == nil)
        let files = try FileManager.default.contentsOfDirectory(atPath: state.path)
        #expect(files.count == 1)
        #expect(try mode(state.path + "/" + files[0]) == 0o600)
        #expect(try mode(state.path) == 0o700)
        state.keep(nil, server: "s:1", user: "bob", device: "d", purpose: .device)
        #expect(state.token(server: "s:1", user: "bob", device: "d", purpose: .device) == nil)
    }

    @Test func theHistoryIsBoundedAndForTheUserAlone() throws {
        let (state, path) = folder()
        defer { try? FileManager.default.removeItem(atPath: path) }
        for number in 0..<20 { state.addToHistory("line \(number)") }
        #expect(state.history(limit: 3) == ["line 17", "line 18", "line 19"])
        #expect(try mode(state.historyFile) == 0o600)
    }

    @Test func theFolderIsWhereTheEnvironmentSays() {
        #expect(StateFolder(environment: ["XDG_STATE_HOME": "/x"]).path == "/x/parley")
        #expect(StateFolder(environment: ["HOME": "/h"]).path == "/h/.local/state/parley")
        #expect(StateFolder(environment: ["HOME": "/h", "XDG_STATE_HOME": "x"]).path == "/h/.local/state/parley")
    }
}
