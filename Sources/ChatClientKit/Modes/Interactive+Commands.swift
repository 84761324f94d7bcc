import CommandLineTool
import JSONText
import ParleyClient

/// What the user typed.
extension Interactive {
    func obey(_ typed: String) throws {
        let typed = TypedLine.text(of: typed)
        let line: String
        switch TypedLine(typed, isTalking: partner != nil) {
        case .nothing: return
        case .message(let text):
            screen.remember(TypedLine.line(of: typed))
            return say(text)
        case .command(let command): line = command
        }
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        guard let first = words.first?.prefix(while: { $0 != ":" && !$0.isWhitespace }) else { return }
        screen.remember(TypedLine.line(of: (partner == nil ? "" : "/") + Interactive.withoutSecrets(line)))
        do {
            switch first {
            case "quit", "exit": isOver = true
            case "help": help(words.count > 1 ? words[1] : nil)
            case "call": try call(words)
            case "talk": try talk(words.count > 1 ? words.dropFirst().joined(separator: " ") : nil)
            case "unread": showUnread()
            case "status": showStatus()
            default:
                guard let command = try CommandWords(line: line) else {
                    return fail("there is no command \(first); help lists them")
                }
                try perform(command)
            }
        } catch let error as UsageError {
            fail("\(error)")
        } catch let refusal as Refusal {
            fail("\(refusal)")
        } catch let failure as ToolFailure {
            fail("\(failure)")
        }
    }

    private func perform(_ command: CommandWords) throws {
        let spec = command.spec
        switch spec.method {
        case Wire.Method.register: return try register(command.values["name"] ?? "")
        case Wire.Method.login: return try logIn(as: command.values["name"] ?? "")
        default: break
        }
        var params = try Resolution(directory: directory, ask: askNow).parameters(of: command)
        for parameter in spec.required {
            switch parameter.kind {
            case .password:
                params[parameter.name] = .string(try screen.aside { try settings.password(of: settings.user ?? "") })
            case .newPassword:
                params[parameter.name] = .string(try screen.aside { try settings.newPassword() })
            default: break
            }
        }
        send(spec.method, .object(CommandKey.add(to: params, for: spec)), spec.retry, needsLogin: spec.needsLogin)
    }

    private func call(_ words: [String]) throws {
        guard words.count > 1 else { throw UsageError("call lacks METHOD: call METHOD JSON") }
        let params: JSONValue
        do {
            params = try JSONValue.parse(words.count > 2 ? words[2] : "{}")
        } catch {
            throw UsageError("call: JSON that cannot be read: \(error)")
        }
        let retry: RetryRule = params["key"] == nil ? .never : .underItsKey
        send(words[1], params, retry, needsLogin: runner.machine.wantsLogin)
    }

    func send(_ method: String, _ params: JSONValue, _ retry: RetryRule, needsLogin: Bool) {
        if needsLogin, !runner.machine.wantsLogin { return fail("not logged in: login NAME, or register NAME") }
        guard let tag = runner.submit(method, params, retry: retry, needsLogin: needsLogin) else {
            return fail("too many commands wait already")
        }
        pending[tag] = method
        if needsLogin, runner.machine.phase != .ready { screen.note("not connected: it will be sent later") }
        if method == Wire.Method.logout || method == Wire.Method.deleteAccount {
            followUps[tag] = { [unowned self] _ in
                credentials?.forget()
                credentials = nil
                settings.user = nil
            }
        }
    }

    /// Asks the server for what a command needs before it can be sent; typing stands still for that long.
    func askNow(_ method: String, _ params: JSONObject) throws -> JSONValue {
        guard runner.machine.phase == .ready else { throw ToolFailure(.failed, "not connected just now") }
        return try runner.ask(method, .object(params), within: ClientSession.courtesy)
    }

    private func showStatus() {
        let machine = runner.machine
        let isOnline = machine.phase == .ready
        screen.show([
            "\(settings.server)\(settings.tls == nil ? "" : " over TLS"), \(isOnline ? "logged in" : "not logged in")",
            "node \(DisplayText.printable(machine.node ?? "?")), latency \(machine.latency.map { "\($0) ms" } ?? "?")",
            "shown up to position \(shown), \(isCaughtUp ? "live, lag \(lag) s" : "catching up"), \(marks.total) unread",
        ])
    }

    private func help(_ name: String?) {
        if let name, let spec = CommandTable.find(name) {
            return screen.show(["\(CommandWords.usage(of: spec)) — \(spec.summary)"])
        }
        let commands = CommandTable.commands.map { (CommandWords.usage(of: $0), $0.summary) }
        let rows = commands + Interactive.ownCommands.map { ($0.name, $0.summary) }
        let width = 44
        screen.show(
            rows.map { row in
                row.0.count > width
                    ? "\(row.0)  \(row.1)" : DisplayText.padded(row.0, to: width) + "  " + row.1
            })
    }

    /// The line as it may be remembered: whoever types a password behind a name, against the help, is not punished for
    /// it by a file that keeps it.
    static func withoutSecrets(_ line: String) -> String {
        let secretive = [
            Wire.Method.register, Wire.Method.login, Wire.Method.changePassword, Wire.Method.deleteAccount, "call",
        ]
        let words = line.split { $0 == " " || $0 == ":" }.map(String.init)
        guard let first = words.first, secretive.contains(first) else { return line }
        if first == "call" { return line.contains("assword") || line.contains("\"old\"") ? "call" : line }
        let takesName = first == Wire.Method.register || first == Wire.Method.login
        return words.prefix(takesName ? 2 : 1).joined(separator: " ")
    }
}
