/// A completion function for zsh, to be loaded from `fpath` under the name `_PROGRAM`.
struct ZshCompletions {
    let program: Program

    var text: String {
        """
        #compdef \(program.name)
        # Completions of \(program.name) for zsh, made by \(program.name) --completions zsh.
        local curcontext=$curcontext state line
        local -A opt_args
        local -a commands=(
        \(program.commands.map { "    " + quoted("\(escaped($0.name)):\($0.summary)") }.joined(separator: "\n"))
        )
        _arguments -C \\
        \(specifications(of: program.bare ?? Command("", ""), options: program.completed[0].options))
            '1:command:->command' '*::argument:->arguments' && return 0
        case $state in
        command) _describe -t commands command commands ;;
        arguments)
            case $words[1] in
        \(program.completed.dropFirst().map(arguments(of:)).joined(separator: "\n"))
            esac ;;
        esac

        """
    }

    private func arguments(of completed: (command: Command, options: [Option])) -> String {
        let command = completed.command
        var lines = [specifications(of: command, options: completed.options)]
        for (place, argument) in command.arguments.enumerated() {
            let isOpen = argument.count == .any || argument.count == .some
            let position = isOpen ? "*" : "\(place + 1)\(argument.count == .optional ? ":" : "")"
            lines.append(
                "    " + quoted("\(position):\(escaped(argument.name)):\(action(Suggestion(for: argument)))") + " \\")
        }
        return "    \(command.name)) _arguments \\\n\(lines.joined(separator: "\n"))\n        && return 0 ;;"
    }

    private func specifications(of command: Command, options: [Option]) -> String {
        options.map { option in
            let name = (option.isRepeatable ? "*" : "") + "--" + option.name
            let help = "[\(escaped(option.help))]"
            if option.value == .flag { return "    \(quoted(name + help)) \\" }
            let suggestion = action(Suggestion(for: option, settings: command.settings))
            return "    \(quoted("\(name)=\(help):\(escaped(option.placeholder)):\(suggestion)")) \\"
        }.joined(separator: "\n")
    }

    private func action(_ suggestion: Suggestion) -> String {
        switch suggestion {
        case .nothing: " "
        case .files: "_files"
        case .words(let words) where words.allSatisfy { $0.hasSuffix("=") }:
            "compadd -S \"\" -- \(words.map { $0.replacing("=", with: "\\=") }.joined(separator: " "))"
        case .words(let words): "(\(words.joined(separator: " ")))"
        }
    }

    /// For `_arguments`, in which colons and brackets part a specification.
    private func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing(":", with: "\\:")
            .replacing("[", with: "\\[").replacing("]", with: "\\]")
    }

    private func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
