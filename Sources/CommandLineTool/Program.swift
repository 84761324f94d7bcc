import Foundation

/// A program's command line, declared.
public struct Program: Sendable {
    /// The version of the product, which every program shows.
    public static let productVersion = "0.1.0"

    /// The program's name, as users type it.
    public let name: String
    /// One line of help.
    public let summary: String
    /// The options of every command; they may stand before or behind the command's name.
    public let options: [Option]
    /// The subcommands; none if the program is one command.
    public let commands: [Command]
    /// What the program is without a subcommand; nil if it needs one.
    public let bare: Command?
    /// More lines for the end of the help.
    public let notes: [String]

    /// A program with subcommands; `bare` says what it does without one, if that is allowed.
    public init(
        _ name: String, _ summary: String, options: [Option] = [], commands: [Command], bare: Command? = nil,
        notes: [String] = []
    ) {
        precondition(!commands.isEmpty || bare != nil, "a program does something")
        self.name = name
        self.summary = summary
        self.options = options
        self.commands = commands
        self.bare = bare
        self.notes = notes
    }

    /// Parses the process's own command line. Prints and exits by itself for `--help`, `--version` and mistakes. Also
    /// makes writing to a closed pipe an error instead of a signal. Call it first, from the main thread.
    public func start() -> Invocation {
        StandardStream.ignoreBrokenPipes()
        do {
            let environment = Environment.variables
            switch try parse(Array(CommandLine.arguments.dropFirst()), environment: environment) {
            case .run(let invocation):
                return invocation
            case .show(let text):
                StandardStream.output.write(text)
                exit(ExitCode.success.rawValue)
            }
        } catch {
            quit(error)
        }
    }

    /// Prints `NAME: WHY` on standard error and exits with the code that belongs to the error: that of a
    /// ``ToolFailure``, 2 for a ``UsageError``, else 3.
    public func quit(_ error: any Error) -> Never {
        StandardStream.error.write(line(for: error) + "\n")
        exit(Program.code(of: error).rawValue)
    }

    func line(for error: any Error) -> String {
        let hint = error is UsageError ? " (see \(name) --help)" : ""
        return "\(name): \(DisplayText.printable("\(error)"))\(hint)"
    }

    static func code(of error: any Error) -> ExitCode {
        switch error {
        case is UsageError: .usage
        case let failure as ToolFailure: failure.code
        default: .failed
        }
    }
}
