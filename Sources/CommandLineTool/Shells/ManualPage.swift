/// The manual page of a program, in the man macros of roff: made from the declarations that also make the help, so the
/// two cannot differ.
struct ManualPage {
    let program: Program

    /// All programs that have a page, for `SEE ALSO`, with the section of each.
    private static let family = [
        ("chatserver", 8), ("chatclient", 1), ("chat-replay", 1), ("chat-audit", 1),
    ]

    private static let exitCodes = [
        ("0", "done"), ("1", "what was checked or asked for came out negative"), ("2", "wrong usage"),
        ("3", "it could not be done: unreachable, not permitted, interrupted"),
    ]

    var text: String {
        let section = ManualPage.family.first { $0.0 == program.name }?.1 ?? 1
        var lines = [
            ".TH \(program.name.uppercased()) \(section) \"\" \"Parley \(Program.productVersion)\" \"Parley\"",
            ".SH NAME", "\(escaped(program.name)) \\- \(plain(program.summary))",
        ]
        lines += synopsis + commands + settings + environment
        lines += [".SH EXIT STATUS"] + ManualPage.exitCodes.flatMap { entry(bold($0.0), plain($0.1)) }
        if !program.notes.isEmpty { lines += [".SH NOTES"] + program.notes.map(plain) }
        let others = ManualPage.family.filter { $0.0 != program.name }.map { "\(bold($0.0))(\($0.1))" }
        lines += [".SH SEE ALSO", others.joined(separator: ", ")]
        return lines.joined(separator: "\n") + "\n"
    }

    private var synopsis: [String] {
        var lines = [".SH SYNOPSIS"]
        if program.bare != nil { lines += [bold(program.name) + " [options]"] }
        if !program.commands.isEmpty {
            if program.bare != nil { lines.append(".br") }
            lines.append("\(bold(program.name)) [options] \\fICOMMAND\\fR \\[u2026]")
        }
        return lines
    }

    private var commands: [String] {
        var lines: [String] = []
        if !program.commands.isEmpty {
            lines.append(".SH COMMANDS")
            for command in program.commands {
                let usage = command.arguments.map { " \\fI\(escaped($0.usage))\\fR" }.joined()
                lines += entry(bold(command.name) + usage, plain(command.summary))
            }
        }
        lines.append(".SH OPTIONS")
        lines += (program.options + (program.bare?.options ?? []) + Program.common).flatMap(option)
        for command in program.commands where !command.options.isEmpty {
            lines += [".SS Options of \(escaped(command.name))"] + command.options.flatMap(option)
        }
        return lines
    }

    private var settings: [String] {
        guard let settings = program.commands.first(where: { !$0.settings.isEmpty })?.settings else { return [] }
        return [".SH SETTINGS", "Given by \\fB\\-\\-set\\fR, or as lines of the file that \\fB\\-\\-config\\fR names."]
            + settings.flatMap { entry(bold($0.name), plain("\($0.help) [default \($0.defaultValue)]")) }
    }

    /// Each variable once, with the options that it stands for.
    private var environment: [String] {
        let options = program.completed.flatMap(\.options).filter { $0.environment != nil }
        let variables = Set(options.compactMap(\.environment)).sorted()
        let lines = variables.flatMap { variable in
            let names = Set(options.filter { $0.environment == variable }.map { bold("--" + $0.name) }).sorted()
            return entry(bold(variable), "The value of \(names.joined(separator: ", ")) where that is not given.")
        }
        return lines.isEmpty ? [] : [".SH ENVIRONMENT"] + lines
    }

    private func option(_ option: Option) -> [String] {
        let value = option.placeholder.isEmpty ? "" : " \\fI\(escaped(option.placeholder))\\fR"
        return entry(bold("--" + option.name) + value, plain(option.help + Program.remarks(on: option)))
    }

    private func entry(_ head: String, _ text: String) -> [String] {
        [".TP", head, text]
    }

    private func bold(_ word: String) -> String { "\\fB\(escaped(word))\\fR" }

    /// A sentence: nothing in it is taken for a request.
    private func plain(_ text: String) -> String {
        let text = text.replacing("\\", with: "\\e").replacing("…", with: "\\[u2026]").replacing("--", with: "\\-\\-")
        return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
    }

    /// A word that is typed as it stands: its hyphens stay hyphens when they are copied.
    private func escaped(_ word: String) -> String {
        word.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("…", with: "\\[u2026]")
    }
}
