import CommandLineTool
import JSONText
import ParleyClient

/// Does one thing through a session without feed, and ends.
struct OneShot {
    let settings: ClientSettings

    /// Throws a ``Refusal``, a `UsageError` or a `ToolFailure`.
    func run(_ spec: CommandSpec, words: [String]) throws -> ExitCode {
        let command = try CommandWords(spec, words: words)
        switch spec.method {
        case Wire.Method.logout: return try logOut(spec)
        case Wire.Method.chat where command.values["text"] == "-",
            Wire.Method.groupChat where command.values["text"] == "-":
            let session = try open(spec)
            let params = try resolve(command, in: session)
            return try MessagePipe(session: session, method: spec.method, params: params).run()
        default: break
        }
        let secrets = try passwords(for: command)
        let session = try open(spec)
        if spec.method == Wire.Method.login { return try showLogin(session) }
        var params = try resolve(command, in: session)
        for (name, secret) in secrets { params[name] = .string(secret) }
        let result = try session.ask(
            spec.method, .object(CommandKey.add(to: params, for: spec)), retry: spec.retry, needsLogin: spec.needsLogin)
        return show(result, of: spec.method, in: session)
    }

    /// Any request as it is. A method that needs no login gets none, and so does a user without a name.
    func call(_ method: String, json: String) throws -> ExitCode {
        let params: JSONValue
        do {
            params = try JSONValue.parse(json)
        } catch {
            throw UsageError("call: JSON that cannot be read: \(error)")
        }
        let isOpen = method == Wire.Method.login || CommandTable.find(method).map { !$0.needsLogin } ?? false
        let credentials =
            isOpen ? nil : settings.user.map { Credentials(settings, user: $0, purpose: .sending) }
        let session = try ClientSession(settings, credentials: credentials, feed: false)
        try session.open()
        let retry: RetryRule = params["key"] == nil ? .never : .underItsKey
        let result = try session.ask(method, params, retry: retry, needsLogin: credentials != nil)
        settings.output.write(result.description + "\n")
        return .success
    }

    private func open(_ spec: CommandSpec) throws -> ClientSession {
        let isLogin = spec.method == Wire.Method.login
        var credentials: Credentials?
        if spec.needsLogin || isLogin {
            credentials = Credentials(
                settings, user: try settings.requiredUser(), purpose: .sending, usesTokens: !isLogin)
        }
        let session = try ClientSession(settings, credentials: credentials, feed: false)
        try session.open()
        return session
    }

    private func resolve(_ command: CommandWords, in session: ClientSession) throws -> JSONObject {
        try Resolution(directory: session.directory) { try session.ask($0, .object($1), retry: .freely) }
            .parameters(of: command)
    }

    /// Asked for before anything is sent.
    private func passwords(for command: CommandWords) throws -> [String: String] {
        var secrets: [String: String] = [:]
        for parameter in command.spec.required {
            switch parameter.kind {
            case .password where command.spec.method != Wire.Method.login:
                secrets[parameter.name] = try settings.password(of: try settings.requiredUser())
            case .newPassword where command.spec.method == Wire.Method.register:
                secrets[parameter.name] = try settings.passwordForNewAccount(command.values["name"] ?? "")
            case .newPassword:
                secrets[parameter.name] = try settings.newPassword()
            default:
                break
            }
        }
        return secrets
    }

    /// Ends both kept sessions: that of the device and that of sending.
    private func logOut(_ spec: CommandSpec) throws -> ExitCode {
        let user = try settings.requiredUser()
        for purpose in [StateFolder.Purpose.sending, .device] {
            let token = settings.state.token(
                server: settings.server.description, user: user, device: settings.device, purpose: purpose)
            guard token != nil else { continue }
            let credentials = Credentials(settings, user: user, purpose: purpose)
            let session = try ClientSession(settings, credentials: credentials, feed: false)
            do {
                try session.open()
                _ = try session.ask(spec.method, [:], retry: .never)
            } catch is UsageError {
                // The token was good no more, and there is no password to open a session with just to end it.
                continue
            }
        }
        settings.output.write(settings.json ? "{}\n" : "logged out\n")
        return .success
    }

    private func showLogin(_ session: ClientSession) throws -> ExitCode {
        let who = try session.ask(Wire.Method.whoAmI, [:], retry: .freely)
        return show(who, of: Wire.Method.login, in: session)
    }

    private func show(_ result: JSONValue, of method: String, in session: ClientSession) -> ExitCode {
        if settings.json {
            settings.output.write(result.description + "\n")
            return .success
        }
        let colour = settings.output.usesColour(environment: settings.environment)
        let text = ResultText(directory: session.directory, colour: colour, now: Posix.wallClock())
        settings.output.write(text.lines(method, result).joined(separator: "\n") + "\n")
        return .success
    }
}
