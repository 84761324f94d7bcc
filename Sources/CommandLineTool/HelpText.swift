extension Program {
    /// The help of one command, or of the whole program: every option with its default and its variable.
    func helpText(for command: Command?) -> String {
        var lines: [String]
        if let command {
            lines = ["\(name) \(command.name) — \(command.summary)", "", usage(of: command)]
            lines += Program.section("Options", command.options + options + Program.common)
            lines += Program.settingsSection(command.settings)
        } else {
            lines = ["\(name) — \(summary)", ""]
            lines += usageLines()
            lines += Program.section("Options", options + (bare?.options ?? []) + Program.common)
            for command in commands where !command.options.isEmpty {
                lines += Program.section("Options of \(command.name)", command.options)
            }
            let settings = (commands + (bare.map { [$0] } ?? [])).first { !$0.settings.isEmpty }?.settings ?? []
            lines += Program.settingsSection(settings)
            if !notes.isEmpty { lines += [""] + notes }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static let common: [Option] = [
        .flag("help", help: "show this help"),
        .flag("version", help: "show the version"),
    ]

    private func usageLines() -> [String] {
        var lines: [String] = []
        if let bare { lines.append(usage(of: bare)) }
        if commands.isEmpty { return lines }
        lines.append("\(bare == nil ? "Usage:" : "      ") \(name) [options] COMMAND …")
        lines += ["", "Commands:"]
        let heads = commands.map { "  " + ([$0.name] + $0.arguments.map(\.usage)).joined(separator: " ") }
        return lines + Program.columns(zip(heads, commands.map(\.summary)).map { ($0, $1) })
    }

    private func usage(of command: Command) -> String {
        let words = [name, "[options]", command.name] + command.arguments.map(\.usage)
        return "Usage: " + words.filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func section(_ title: String, _ options: [Option]) -> [String] {
        let rows = options.map { option in
            (
                "  --" + (option.placeholder.isEmpty ? option.name : "\(option.name) \(option.placeholder)"),
                option.help + remarks(on: option)
            )
        }
        return options.isEmpty ? [] : ["", "\(title):"] + columns(rows)
    }

    static func remarks(on option: Option) -> String {
        var remarks: [String] = []
        if let value = option.defaultValue { remarks.append("default \(value)") }
        if let variable = option.environment { remarks.append("environment \(variable)") }
        if option.isRepeatable { remarks.append("may be repeated") }
        return remarks.isEmpty ? "" : " [\(remarks.joined(separator: ", "))]"
    }

    private static func settingsSection(_ settings: [Setting]) -> [String] {
        let rows = settings.map { ("  \($0.name)", "\($0.help) [default \($0.defaultValue)]") }
        return settings.isEmpty ? [] : ["", "Settings (--set NAME=VALUE, --config FILE):"] + columns(rows)
    }

    /// Two columns; a long left side gets a line of its own.
    private static func columns(_ rows: [(left: String, right: String)]) -> [String] {
        let widest = 34
        let width = min(widest, rows.map { DisplayText.width(of: $0.left) }.max() ?? 0)
        return rows.flatMap { row -> [String] in
            let length = DisplayText.width(of: row.left)
            if length > width { return [row.left, String(repeating: " ", count: width + 2) + row.right] }
            return [row.left + String(repeating: " ", count: width - length + 2) + row.right]
        }
    }
}
