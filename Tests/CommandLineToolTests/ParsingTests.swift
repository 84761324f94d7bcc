import Foundation
import Testing

@testable import CommandLineTool

private let program = Program(
    "tool", "does things",
    options: [.text("database", "URL", environment: "CHAT_DATABASE", help: "the database"), .json],
    commands: [
        Command(
            "query", "asks", arguments: [Argument("WHAT", .any)],
            options: [
                .integer("limit", "N", in: 1...500, default: 50, help: "how many"),
                .text("type", "TYPE", isRepeatable: true, help: "only these"),
                .choice("by", ["day", "type"], default: "day", help: "grouped by"),
                .address("listen", default: "127.0.0.1:7000", environment: "CHAT_LISTEN", help: "where"),
            ]),
        Command(
            "serve", "serves",
            settings: [Setting("frame.bytes", default: 65536, in: 1024...1_048_576, help: "longest frame")]),
        Command("chat", "sends", arguments: [Argument("USER"), Argument("TEXT", .some)]),
    ])

private func parse(_ arguments: String..., environment: [String: String] = [:]) throws -> Invocation {
    guard case .run(let invocation) = try program.parse(arguments, environment: environment) else {
        throw UsageError("nothing to run")
    }
    return invocation
}

private func complaint(_ arguments: String..., environment: [String: String] = [:]) -> String? {
    do {
        _ = try program.parse(arguments, environment: environment)
        return nil
    } catch {
        return error.description
    }
}

@Suite struct ParsingTests {
    @Test func optionsMayStandBeforeAndBehindTheCommand() throws {
        let invocation = try parse("--database", "here", "query", "a", "--limit=7", "b", "--json")
        #expect(invocation.command == "query")
        #expect(invocation.arguments == ["a", "b"])
        #expect(invocation.text("database") == "here")
        #expect(invocation.integer("limit") == 7)
        #expect(invocation.flag("json"))
    }

    @Test func anOptionWinsOverTheEnvironmentAndThatOverTheDefault() throws {
        let environment = ["CHAT_LISTEN": "h:2"]
        #expect(try parse("query", "--listen", "h:1", environment: environment).address("listen")?.port == 1)
        #expect(try parse("query", environment: environment).address("listen")?.port == 2)
        #expect(try parse("query").address("listen") == HostPort(host: "127.0.0.1", port: 7000))
        #expect(try parse("query", environment: ["CHAT_LISTEN": ""]).address("listen")?.port == 7000)
    }

    @Test func aRepeatableOptionKeepsAllItsValuesInOrder() throws {
        #expect(try parse("query", "--type", "B", "--type", "A").texts("type") == ["B", "A"])
        #expect(try parse("query").texts("type") == [])
        #expect(complaint("query", "--limit", "1", "--limit", "2") == "--limit is given twice")
    }

    @Test func aMissingNeededOptionNamesItsVariable() throws {
        let invocation = try parse("query")
        #expect(throws: UsageError("--database (or CHAT_DATABASE) is needed")) { try invocation.required("database") }
    }

    @Test func aPasswordIsNeverAnOptionsValueAndIsNotRepeated() {
        let text = complaint("query", "--password", "hunter22")
        #expect(text?.contains("never an option's value") == true)
        #expect(complaint("query", "--password=hunter22")?.contains("hunter22") == false)
    }

    @Test func aSentenceIsAnArgumentAndTwoHyphensEndTheOptions() throws {
        #expect(try parse("chat", "bob", "- one thing").arguments == ["bob", "- one thing"])
        #expect(try parse("chat", "bob", "-5").arguments == ["bob", "-5"])
        #expect(try parse("chat", "bob", "-").arguments == ["bob", "-"])
        #expect(try parse("chat", "bob", "--", "--json", "-x").arguments == ["bob", "--json", "-x"])
        #expect(try parse("chat", "bob", "--", "--json").flag("json") == false)
    }

    @Test(arguments: [
        (["nonsense"], "there is no command nonsense"),
        ([], "a command is needed: query, serve, chat"),
        (["chat"], "chat lacks USER"),
        (["chat", "bob"], "chat lacks TEXT"),
        (["serve", "now"], "serve takes no arguments"),
        (["query", "--limit", "0"], "--limit takes a whole number from 1 to 500"),
        (["query", "--limit", "many"], "--limit takes a whole number from 1 to 500"),
        (["query", "--limit"], "--limit lacks its N"),
        (["query", "--by", "moon"], "--by takes one of day, type"),
        (["query", "--listen", "7000"], "--listen takes HOST:PORT (an IPv6 address in brackets)"),
        (["query", "--json=1"], "--json takes no value"),
        (["query", "--wrong"], "--wrong is no option of query; -- ends the options"),
        (["--limit", "3", "serve"], "--limit is no option of serve"),
        (["query", "-x"], "-x is no option of query; -- ends the options"),
    ])
    func aMistakeGetsOneClearLine(_ arguments: [String], _ line: String) {
        #expect(throws: UsageError(line)) { try program.parse(arguments) }
    }

    @Test func aBadValueInTheEnvironmentNamesTheVariable() {
        #expect(complaint("query", environment: ["CHAT_LISTEN": "x"])?.hasPrefix("CHAT_LISTEN takes") == true)
        #expect(complaint("query", "--listen", "h:1", environment: ["CHAT_LISTEN": "x"]) == nil)
    }

    @Test func settingsComeFromTheFileAndSetWins() throws {
        let path = FileManager.default.temporaryDirectory.path + "/settings-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("# limits\n\nframe.bytes = 2048\r\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try parse("serve").settingInteger("frame.bytes") == 65536)
        #expect(try parse("serve", "--config", path).settingInteger("frame.bytes") == 2048)
        let both = try parse("serve", "--set", "frame.bytes=4096", "--config", path)
        #expect(both.settingInteger("frame.bytes") == 4096)
        try Data("frame.bytes = 2048\nframes = 1".utf8).write(to: URL(fileURLWithPath: path))
        #expect(complaint("serve", "--config", path) == "\(path) line 2: there is no setting frames")
    }

    @Test func anUnknownOrImpossibleSettingIsAUsageError() {
        #expect(complaint("serve", "--set", "nope=1") == "--set: there is no setting nope")
        #expect(complaint("serve", "--set", "frame.bytes") == "--set takes NAME=VALUE")
        #expect(
            complaint("serve", "--set", "frame.bytes=1")
                == "--set: frame.bytes takes a whole number from 1024 to 1048576")
        #expect(complaint("serve", "--config", "/nowhere")?.contains("cannot be read") == true)
        #expect(complaint("query", "--set", "frame.bytes=2048") != nil)
    }

    @Test func helpNamesEveryOptionWithDefaultAndVariable() throws {
        guard case .show(let help) = try program.parse(["--help"]) else {
            Issue.record("no help")
            return
        }
        for text in [
            "--database URL", "CHAT_DATABASE", "--limit N", "default 50", "--listen HOST:PORT", "CHAT_LISTEN",
            "default 127.0.0.1:7000", "--by day|type", "may be repeated", "frame.bytes", "default 65536", "--version",
            "chat USER TEXT …",
        ] {
            #expect(help.contains(text), "\(text)")
        }
        #expect(!help.contains("\u{1B}"))
    }

    @Test func helpOfACommandShowsItsOwnOptionsAndIsShownWhateverIsMissing() throws {
        guard case .show(let help) = try program.parse(["chat", "--help"]) else {
            Issue.record("no help")
            return
        }
        #expect(help.contains("Usage: tool [options] chat USER TEXT …"))
        #expect(!help.contains("--limit"))
    }

    @Test func versionIsShown() throws {
        guard case .show(let text) = try program.parse(["--version"]) else {
            Issue.record("no version")
            return
        }
        #expect(text == "tool \(Program.productVersion)\n")
    }

    @Test func theExitCodeFollowsTheKindOfError() {
        #expect(Program.code(of: UsageError("")) == .usage)
        #expect(Program.code(of: ToolFailure(.negative, "")) == .negative)
        #expect(Program.code(of: CancellationError()) == .failed)
        #expect(program.line(for: ToolFailure(.failed, "no\u{1B}[2Jway\n")) == "tool: no^[[2Jway^J")
    }

    @Test func addressesAreReadAsUsersWriteThem() {
        #expect(HostPort("example.org:7000") == HostPort(host: "example.org", port: 7000))
        #expect(HostPort("[::1]:0")?.description == "[::1]:0")
        for wrong in ["", "host", ":1", "h:", "h:70000", "h:-1", "::1:7", "a b:1", "h:1x", "h:+1"] {
            #expect(HostPort(wrong) == nil, "\(wrong)")
        }
    }
}
