/// What a shell may offer in some place of a command line.
enum Suggestion: Equatable {
    /// Nothing that the program could know beforehand.
    case nothing
    /// A file, which the shell looks for itself.
    case files
    /// One of these words.
    case words([String])

    /// The placeholders that stand for something in the file system.
    private static let fileNames: Set<String> = ["FILE", "DIR"]

    init(for option: Option, settings: [Setting]) {
        switch option.value {
        case .choice(let words): self = .words(words)
        case .text where option.name == Setting.assignment: self = .words(settings.map { $0.name + "=" })
        case .text where Suggestion.fileNames.contains(option.placeholder): self = .files
        default: self = .nothing
        }
    }

    init(for argument: Argument) {
        if !argument.words.isEmpty {
            self = .words(argument.words)
        } else {
            self = Suggestion.fileNames.contains(argument.name) ? .files : .nothing
        }
    }
}

/// The shells for which a program can print its completions.
enum Shell: String, CaseIterable {
    case bash, zsh
}

extension Program {
    /// The options that only packages use, so that no help lists them: what they print is made from the same declarations.
    static let hidden: [Option] = [
        .choice("completions", Shell.allCases.map(\.rawValue), help: "print completions for this shell"),
        .flag("manual", help: "print the manual page"),
    ]

    /// The completions of this program for a shell.
    func completions(for shell: Shell) -> String {
        switch shell {
        case .bash: BashCompletions(program: self).text
        case .zsh: ZshCompletions(program: self).text
        }
    }

    /// Each command with all options that may follow it; the program without a command is the one with an empty name.
    var completed: [(command: Command, options: [Option])] {
        let bare = self.bare ?? Command("", summary)
        return ([bare] + commands).map { ($0, $0.options + options + Program.common) }
    }
}
