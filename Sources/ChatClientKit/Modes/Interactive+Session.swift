import CommandLineTool
import JSONText
import ParleyClient

/// Logging in, being logged out, and the account's own commands.
extension Interactive {
    func welcome(_ result: JSONObject, isResumed: Bool) {
        credentials?.loggedIn(result)
        directory.learnLogin(result)
        isLost = false
        if !isResumed { askWhatIsUnread() }
        if let reset = result["reset"]?["position"]?.intValue {
            shown = min(shown, reset)
            screen.note("the server was restored: what came after position \(reset) never happened")
        }
        if isResumed {
            screen.note("connected again")
            return
        }
        let device = result["device"]?.stringValue.map { " on \(DisplayText.printable($0))" } ?? ""
        screen.note("logged in as \(DisplayText.printable(settings.user ?? ""))\(device); help lists the commands")
        let requests = result["requests"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
        if !requests.isEmpty {
            screen.note("friend requests from \(DisplayText.printable(requests.joined(separator: ", ")))")
        }
        for invitation in result["invitations"]?.arrayValue ?? [] {
            let group = invitation["group"]?["name"]?.stringValue ?? ""
            screen.note("you are invited to \(DisplayText.printable(group)): joingroup, or leavegroup to decline")
        }
    }

    /// No kept token is good, or the password is wrong. A name that nobody has is not told from a wrong password, so
    /// the new account is offered for both.
    func passwordNeeded(_ refusal: Refusal?) throws {
        guard let credentials else { return }
        guard let refusal else {
            let next = try screen.aside { try credentials.next() }
            runner.logIn(as: credentials.user, token: next.token, password: next.password)
            return
        }
        guard screen.isTerminal else { throw refusal }
        screen.complain("\(refusal)")
        let user = credentials.user
        let question = "Register \(DisplayText.printable(user)) as a new account (y), try again (t), or neither? "
        switch screen.aside({ screen.ask(question) })?.lowercased().first {
        case "y": try register(user)
        case "t":
            guard let password = screen.aside({ PasswordPrompt.ask("Password of \(DisplayText.printable(user)): ") })
            else { return }
            credentials.use(password: password)
            runner.logIn(as: user, token: nil, password: password)
        default:
            screen.note("not logged in: login NAME, register NAME, or quit")
        }
    }

    /// Makes an account, and logs in with it unless somebody is logged in.
    func register(_ name: String) throws {
        let password = try screen.aside { try settings.passwordForNewAccount(name) }
        guard let spec = CommandTable.find(Wire.Method.register) else { return }
        let params = CommandKey.add(to: ["name": .string(name), "password": .string(password)], for: spec)
        guard let tag = runner.submit(spec.method, .object(params), retry: spec.retry, needsLogin: false) else {
            return fail("too many commands wait already")
        }
        pending[tag] = spec.method
        guard runner.machine.phase != .ready else { return }
        followUps[tag] = { [unowned self] _ in try logIn(as: name, password: password) }
    }

    /// Logs in with a kept token or the password, which is asked for if need be.
    func logIn(as name: String, password: String? = nil) throws {
        guard runner.machine.phase != .ready else { return fail("log out first") }
        if name != settings.user {
            directory = Directory()
            marks = UnreadMarks()
            partner = nil
            shown = 0
        }
        settings.user = name
        let credentials = Credentials(settings, user: name, purpose: .device)
        if let password { credentials.use(password: password) }
        self.credentials = credentials
        let next = try screen.aside { try credentials.next() }
        runner.logIn(as: name, token: next.token, password: next.password)
    }

    func stopped(_ reason: StopReason) throws {
        pending = [:]
        followUps = [:]
        if reason == .revoked { credentials?.forget() }
        guard screen.isTerminal else { throw reason.failure }
        screen.complain("\(reason.failure)")
        screen.note("not connected any more: login NAME connects again, quit leaves")
    }
}
