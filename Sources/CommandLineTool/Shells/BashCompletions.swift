/// A completion function for bash 4 and later; it needs no other package.
///
/// The line is split at white space here, not by bash, which would also split it at `:` and `=`.
struct BashCompletions {
    let program: Program

    private var function: String { "_" + program.name.replacing("-", with: "_") }

    var text: String {
        """
        # Completions of \(program.name) for bash, made by \(program.name) --completions bash.
        \(function)() {
            local line=${COMP_LINE:0:COMP_POINT} current='' command='' awaits='' place=0 words='' word
            local -a typed
            read -ra typed <<<"$line"
            case $line in *[[:space:]]) ;; *) current=${typed[-1]}; unset 'typed[-1]' ;; esac
            for word in "${typed[@]:1}"; do
                if [ -n "$awaits" ]; then awaits=''; continue; fi
                case $word in
                    \(valueOptions)) awaits=$word ;;
                    -?*) ;;
                    *) if [ -z "$command" ]; then command=$word; else place=$((place + 1)); fi ;;
                esac
            done
            case $current in
                --*=*) awaits=${current%%=*}; current=${current#*=} ;;
            esac
            case $command:${awaits:-$place} in
        \(valueCases)
                *:--*) return ;;
                *) case $command:$place:$current in
        \(wordCases)
                esac ;;
            esac
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
            case ${COMPREPLY[0]-} in *=) compopt -o nospace ;; esac
        }
        complete -F \(function) \(program.name)

        """
    }

    /// All options that a word follows, as a pattern.
    private var valueOptions: String {
        let names = program.completed.flatMap(\.options).filter { $0.value != .flag }.map { "--" + $0.name }
        return Set(names).sorted().joined(separator: "|")
    }

    /// What follows an option: the option's words, or files.
    private var valueCases: String {
        program.completed.flatMap { command, options in
            options.compactMap { option in
                // Before a command's name, the options of all commands may stand.
                let pattern = "\(command.name.isEmpty ? "*" : command.name):--\(option.name)"
                return action(Suggestion(for: option, settings: command.settings)).map {
                    "        \(pattern)) \($0) ;;"
                }
            }
        }.joined(separator: "\n")
    }

    /// What stands by itself: options, the commands, a command's arguments.
    private var wordCases: String {
        var lines = program.completed.map { command, options in
            let pattern = command.name.isEmpty ? "" : command.name
            return "            \(pattern):*:-*) words='\(options.map { "--" + $0.name }.joined(separator: " "))' ;;"
        }
        if !program.commands.isEmpty {
            lines.append("            :*) words='\(program.commands.map(\.name).joined(separator: " "))' ;;")
        }
        for command in program.commands {
            for (place, argument) in command.arguments.enumerated() {
                let isOpen = argument.count == .any || argument.count == .some
                guard let action = action(Suggestion(for: argument)) else { continue }
                lines.append("            \(command.name):\(isOpen ? "*" : "\(place)"):*) \(action) ;;")
            }
        }
        return lines.joined(separator: "\n")
    }

    private func action(_ suggestion: Suggestion) -> String? {
        switch suggestion {
        case .nothing: nil
        case .files: "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); return"
        case .words(let words): "words='\(words.joined(separator: " "))'"
        }
    }
}
