import Foundation

/// What a command line means.
public enum ParsedCommandLine: Sendable {
    /// Do this.
    case run(Invocation)
    /// Print this text, the help or the version, on standard output and end.
    case show(String)
}

extension Program {
    /// What these arguments (without the program's own name) mean in this environment. Reads the `--config` file.
    public func parse(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws(UsageError) -> ParsedCommandLine {
        var scan = ArgumentScan(program: self)
        for argument in arguments { try scan.take(argument) }
        try scan.finish()
        if let shell = scan.given["completions"]?.last.flatMap(Shell.init) { return .show(completions(for: shell)) }
        if scan.given["manual"] != nil { return .show(ManualPage(program: self).text) }
        if scan.wantsHelp { return .show(helpText(for: scan.command)) }
        if scan.wantsVersion { return .show("\(name) \(Program.productVersion)\n") }
        guard let command = scan.command ?? bare else {
            throw UsageError("a command is needed: \(commands.map(\.name).joined(separator: ", "))")
        }
        try command.check(count: scan.positional.count)
        let known = options + command.options
        try checkEnvironment(of: known.filter { scan.given[$0.name] == nil }, environment)
        return .run(
            Invocation(
                command: scan.command?.name, arguments: scan.positional,
                options: Dictionary(known.map { ($0.name, $0) }) { first, _ in first },
                given: scan.given, environment: environment, settings: try settings(of: command, scan.given)))
    }

    private func checkEnvironment(of options: [Option], _ environment: [String: String]) throws(UsageError) {
        for option in options {
            guard let variable = option.environment, let value = environment[variable], !value.isEmpty else { continue }
            try option.check(value, from: variable)
        }
    }

    private func settings(
        of command: Command, _ given: [String: [String]]
    ) throws(UsageError) -> [String: String] {
        var file: (path: String, text: String)?
        if let path = given["config"]?.last, !command.settings.isEmpty {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw UsageError("--config: \(path) cannot be read")
            }
            file = (path, String(decoding: data, as: UTF8.self))
        }
        return try Setting.resolve(command.settings, file: file, assignments: given[Setting.assignment] ?? [])
    }
}

/// Walks through the arguments. Options may stand anywhere; `--` ends them; `-`, negative numbers and anything with
/// white space before a `=` are arguments, so that a sentence can be one.
struct ArgumentScan {
    let program: Program
    var command: Command?
    var positional: [String] = []
    var given: [String: [String]] = [:]
    var wantsHelp = false
    var wantsVersion = false
    private var optionsEnded = false
    private var awaitsValue: Option?

    init(program: Program) {
        self.program = program
    }

    mutating func take(_ argument: String) throws(UsageError) {
        if let option = awaitsValue {
            awaitsValue = nil
            try add(option, argument)
        } else if optionsEnded || !ArgumentScan.looksLikeOption(argument) {
            try takePositional(argument)
        } else if argument == "--" {
            optionsEnded = true
        } else {
            try takeOption(argument)
        }
    }

    mutating func finish() throws(UsageError) {
        if let option = awaitsValue { throw UsageError("--\(option.name) lacks its \(option.placeholder)") }
        if wantsHelp || wantsVersion { return }
        let known = Program.hidden + program.options + (command ?? program.bare ?? Command("", "")).options
        for name in given.keys.sorted() where !known.contains(where: { $0.name == name }) {
            throw UsageError("--\(name) is no option of \(command?.name ?? program.name)")
        }
    }

    static func looksLikeOption(_ argument: String) -> Bool {
        guard argument.hasPrefix("-"), argument != "-" else { return false }
        let name = argument.prefix { $0 != "=" }
        return !name.contains(where: \.isWhitespace) && Double(argument) == nil
    }

    private mutating func takePositional(_ argument: String) throws(UsageError) {
        guard command == nil, positional.isEmpty, !program.commands.isEmpty else {
            positional.append(argument)
            return
        }
        if let found = program.commands.first(where: { $0.name == argument }) {
            command = found
        } else if program.bare?.arguments.isEmpty ?? true {
            throw UsageError("there is no command \(DisplayText.printable(argument))")
        } else {
            positional.append(argument)
        }
    }

    private mutating func takeOption(_ argument: String) throws(UsageError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let written = String(parts[0])
        switch written {
        case "--help", "-h": wantsHelp = true
        case "--version": wantsVersion = true
        default:
            let option = try find(written)
            if parts.count == 2 {
                guard option.value != .flag else { throw UsageError("\(written) takes no value") }
                try add(option, String(parts[1]))
            } else if option.value == .flag {
                given[option.name] = ["true"]
            } else {
                awaitsValue = option
            }
        }
    }

    /// An option before the command's name may be the command's own, so all commands are searched until it is known.
    private func find(_ written: String) throws(UsageError) -> Option {
        let name = String(written.dropFirst(2))
        if Option.isSecret(name) {
            throw UsageError("a password is never an option's value: give it in the environment or a file")
        }
        let own = command.map(\.options) ?? (program.bare?.options ?? []) + program.commands.flatMap(\.options)
        let known = program.options + own + Program.hidden
        guard written.hasPrefix("--"), let option = known.first(where: { $0.name == name }) else {
            let subject = command.map { " of \($0.name)" } ?? ""
            throw UsageError("\(DisplayText.printable(written)) is no option\(subject); -- ends the options")
        }
        return option
    }

    private mutating func add(_ option: Option, _ value: String) throws(UsageError) {
        try option.check(value, from: "--\(option.name)")
        if !option.isRepeatable, given[option.name] != nil {
            throw UsageError("--\(option.name) is given twice")
        }
        given[option.name, default: []].append(value)
    }
}
