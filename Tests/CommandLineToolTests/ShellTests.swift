import Foundation
import Testing

@testable import CommandLineTool

private let program = Program(
    "chat-tool", "does 'odd' things: [well]",
    options: [.text("database", "URL", environment: "CHAT_DATABASE", help: "the database"), .json],
    commands: [
        Command(
            "query", "asks", arguments: [Argument("WHAT", words: ["users", "groups"]), Argument("FILE", .optional)],
            options: [
                .address("listen", help: "where"),
                .choice("by", ["day", "type"], default: "day", help: "grouped by -- what"),
            ]),
        Command(
            "serve", "serves",
            settings: [
                Setting("frame.bytes", default: 65536, help: "longest frame"),
                Setting("text.bytes", default: 16384, help: ".longest text"),
            ]),
        Command("rebuild", "rebuilds", arguments: [Argument("PROJECTION", .any, words: ["friends", "groups"])]),
    ])

private func shown(_ arguments: String...) throws -> String {
    guard case .show(let text) = try program.parse(arguments) else { throw UsageError("nothing to show") }
    return text
}

/// What bash itself offers at the end of this line.
private func offered(_ line: String) throws -> [String] {
    let script = """
        \(try shown("--completions", "bash"))
        compopt() { :; }
        COMP_LINE=$1 COMP_POINT=${#1}
        _chat_tool
        printf '%s\\n' "${COMPREPLY[@]}"
        """
    let bash = Process()
    bash.executableURL = URL(fileURLWithPath: "/bin/bash")
    bash.arguments = ["-euc", script, "bash", line]
    let output = Pipe()
    bash.standardOutput = output
    try bash.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    bash.waitUntilExit()
    #expect(bash.terminationStatus == 0)
    return text.split(separator: "\n").map(String.init)
}

@Suite struct ShellTests {
    @Test(arguments: [
        ("chat-tool ", ["query", "serve", "rebuild"]),
        ("chat-tool q", ["query"]),
        ("chat-tool --database here q", ["query"]),
        ("chat-tool query ", ["users", "groups"]),
        ("chat-tool query --listen 127.0.0.1:1 us", ["users"]),
        ("chat-tool query --by ", ["day", "type"]),
        ("chat-tool query --by=t", ["type"]),
        ("chat-tool query users --l", ["--listen"]),
        ("chat-tool query --database ", []),
        ("chat-tool serve --set f", ["frame.bytes="]),
        ("chat-tool serve --set frame.bytes=1 --s", ["--set"]),
        ("chat-tool rebuild friends g", ["groups"]),
        ("chat-tool --ver", ["--version"]),
    ])
    func bashOffersWhatMayFollow(_ line: String, _ words: [String]) throws {
        #expect(try offered(line) == words)
    }

    @Test func bashOffersFilesWhereOneIsTaken() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/completion-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data().write(to: URL(fileURLWithPath: folder + "/settings.conf"))
        #expect(try offered("chat-tool serve --config \(folder)/se") == [folder + "/settings.conf"])
        #expect(try offered("chat-tool query users \(folder)/") == [folder + "/settings.conf"])
    }

    @Test func zshIsToldEveryCommandOptionAndWord() throws {
        let text = try shown("--completions", "zsh")
        #expect(text.hasPrefix("#compdef chat-tool\n"))
        for part in [
            "'query:asks'", "'--database=[the database]:URL: '", "'--by=[grouped by -- what]:day|type:(day type)'",
            "'*--set=[give a setting its value; wins over --config]:NAME=VALUE:compadd -S \"\" ",
            "-- frame.bytes\\= text.bytes\\='",
            "'--config=[read settings from lines of NAME = VALUE; # begins a comment line]:FILE:_files'",
            "'1:WHAT:(users groups)'", "'2::FILE:_files'", "'*:PROJECTION:(friends groups)'", "'--json[",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test func theManualHasWhateverTheHelpHas() throws {
        let page = try shown("--manual")
        let plain = page.replacing("\\-", with: "-").replacing("\\fB", with: "").replacing("\\fI", with: "")
            .replacing("\\fR", with: "")
        for (command, options) in program.completed {
            #expect(plain.contains(command.summary))
            for option in options { #expect(plain.contains("\n--\(option.name)") && plain.contains(option.help)) }
            for setting in command.settings { #expect(plain.contains(setting.name) && plain.contains(setting.help)) }
        }
        #expect(plain.contains("\nCHAT_DATABASE\nThe value of --database"))
        #expect(plain.contains("serve") && plain.contains("[default 65536]"))
    }

    @Test func noLineOfTheManualIsTakenForARequest() throws {
        let known: Set<Substring> = ["TH", "SH", "SS", "TP", "br"]
        let requests = try shown("--manual").split(separator: "\n").filter { $0.hasPrefix(".") || $0.hasPrefix("'") }
        #expect(requests.allSatisfy { known.contains($0.dropFirst().prefix { $0 != " " }) })
    }

    @Test func whatOnlyPackagesUseIsNotInTheHelp() throws {
        #expect(try !shown("--help").contains("--completions"))
        let mistake = UsageError("--completions takes one of bash, zsh")
        #expect(throws: mistake) { try program.parse(["--completions", "c"]) }
    }
}
