public import CommandLineTool
import ParleyClient

/// The program `chatclient`.
public enum ChatClientProgram {
    /// Its command line.
    public static let program = Program(
        "chatclient", "talks to a Parley chat server",
        options: options, commands: commands,
        bare: Command("", "interactive: line editing, history, completion; or a script on standard input"),
        notes: [
            "USER is a name, or an id if it is a number; @ before it makes it a name. GROUP is an id, or the name of",
            "a group of one's own. CONVERSATION is direct:3:9, group:7, or the name of a group or user. Parameters in",
            "brackets may also be given as name=value. TEXT - reads standard input, a message a line. The password",
            "comes from CHAT_PASSWORD, --password-file, or is asked for; the token is kept for the next time.",
        ])

    private static let options: [Option] = [
        .address("server", default: "127.0.0.1:6000", environment: "CHAT_SERVER", help: "where the server listens"),
        .flag("tls", help: "speak TLS; the server's certificate has to fit its name"),
        .text("ca", "FILE", help: "believe these authorities (PEM) instead of the system's"),
        .text("user", "NAME", environment: "CHAT_USER", help: "who logs in"),
        .text("device", "NAME", environment: "CHAT_DEVICE", help: "this device; the host's name unless given"),
        .text("password-file", "FILE", help: "the password in a file's first line; else CHAT_PASSWORD, else asked for"),
        .text("new-password-file", "FILE", help: "the new one of changepassword; else CHAT_NEW_PASSWORD"),
        .number("patience", "SECONDS", in: 0...86_400, default: 30, help: "how long to bear a lost connection"),
        .json,
    ]

    private static let commands: [Command] =
        CommandTable.commands.map { spec in
            let required = spec.typed.map { Argument($0.label, $0.kind == .text ? .some : .one) }
            let optional = spec.endsInText ? [] : spec.optional.map { Argument($0.label, .optional) }
            return Command(spec.method, spec.summary, arguments: required + optional)
        } + [
            Command(
                "listen", "print the backlog and what follows, and acknowledge it",
                options: [
                    .integer("count", "N", in: 1...Int.max, help: "end after so many messages"),
                    .number("for", "SECONDS", in: 0...1e9, help: "end after this time"),
                ]),
            Command(
                "call", "send any request as it is and print its result",
                arguments: [
                    Argument("METHOD", words: CommandTable.commands.map(\.method)), Argument("JSON", .optional),
                ]),
        ]

    /// Runs the program and ends the process. Call it from the main thread, once.
    public static func run() -> Never {
        let invocation = program.start()
        do {
            Posix.keepFilesPrivate()
            Posix.exit(try perform(invocation, try ClientSettings(invocation)))
        } catch let refusal as Refusal {
            StandardStream.error.write(DisplayText.printable("\(refusal)") + "\n")
            Posix.exit(.negative)
        } catch {
            program.quit(error)
        }
    }

    static func perform(_ invocation: Invocation, _ settings: ClientSettings) throws -> ExitCode {
        switch invocation.command {
        case nil:
            return try Interactive(settings).run()
        case "listen":
            return try Listen(settings, count: invocation.integer("count"), seconds: invocation.number("for")).run()
        case "call":
            let json = invocation.arguments.count > 1 ? invocation.arguments[1] : "{}"
            return try OneShot(settings: settings).call(invocation.arguments[0], json: json)
        case let name?:
            guard let spec = CommandTable.find(name) else { throw UsageError("there is no command \(name)") }
            var settings = settings
            if name == Wire.Method.login { settings.user = invocation.arguments[0] }
            return try OneShot(settings: settings).run(spec, words: invocation.arguments)
        }
    }
}
