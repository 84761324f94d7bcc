import CommandLineTool
import Glibc
import JSONText
import ParleyClient

/// The conversation with a user at a terminal, or with a script on standard input: lines in, answers and pushes out.
/// One thread waits for both the user and the server.
final class Interactive {
    /// What the client does itself.
    static let ownCommands = [
        (name: "help", summary: "this list; help COMMAND shows how one is typed"),
        (name: "call", summary: "call METHOD JSON: send any request as it is"),
        (name: "talk", summary: "talk NAME: what is typed goes there, commands begin with /; talk alone ends it"),
        (name: "unread", summary: "what one has not read yet"),
        (name: "status", summary: "server, node, latency, lag"),
        (name: "quit", summary: "leave; so do Ctrl-D, and Ctrl-C twice"),
    ]
    /// Completions that are listed at once.
    static let mostChoices = 60
    /// How long the last acknowledgement may take, in milliseconds.
    static let parting = 2_000

    var settings: ClientSettings
    let runner: ClientRunner
    let screen: InteractiveScreen
    var credentials: Credentials?
    var directory = Directory()
    var strangers: Set<Int64> = []
    var marks = UnreadMarks()
    var partner: Partner?
    /// How old the newest live message was when it came, in seconds.
    var lag = 0
    /// Whether the backlog has come.
    var isCaughtUp = false
    /// Requests whose answers are to be shown, by tag.
    var pending: [Int: String] = [:]
    /// What follows when an answer comes, by tag.
    var followUps: [Int: (JSONValue) throws -> Void] = [:]
    var isOver = false
    var isLost = false
    var exitCode = ExitCode.success
    /// The highest position that was shown.
    var shown: Int64 = 0
    private var input = InputLines()
    private var script: ArraySlice<InputLines.Line> = []
    private var inputEnded = false

    init(_ settings: ClientSettings) throws {
        self.settings = settings
        screen = InteractiveScreen(settings)
        if self.settings.user == nil, screen.isTerminal { self.settings.user = screen.askName() }
        var options = ClientOptions()
        options.device = settings.device
        options.feed = true
        options.firstPatience = screen.isTerminal ? nil : 0
        options.unansweredPatience = screen.isTerminal ? nil : ClientOptions.unanswered
        options.patience = screen.isTerminal ? nil : settings.patience
        var first: (token: String?, password: String?) = (nil, nil)
        if let user = self.settings.user {
            options.user = user
            let credentials = Credentials(settings, user: user, purpose: .device)
            self.credentials = credentials
            first = try credentials.next()
        }
        let machine = ClientMachine(
            options: options, token: first.token, password: first.password, random: { Double.random(in: 0...1) })
        runner = ClientRunner(machine: machine, settings: settings)
    }

    /// Runs until the user leaves or nothing can go on.
    func run() throws -> ExitCode {
        let signals = Posix.catchSignals([SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP])
        runner.start()
        screen.start(prompt: prompt)
        defer { screen.end() }
        while !isOver {
            let wantsInput = screen.isTerminal || !inputEnded && script.isEmpty
            let (events, readable) = runner.next(also: [signals] + (wantsInput ? [settings.input] : []))
            for event in events { try take(event) }
            acknowledge()
            if readable.contains(signals) { takeSignals(signals) }
            if readable.contains(settings.input) { try takeInput() }
            try runScript()
            screen.setPrompt(prompt)
        }
        part()
        return exitCode
    }

    var prompt: String {
        let machine = runner.machine
        return StatusPrompt(
            user: settings.user, node: machine.node, latency: machine.latency, lag: lag, isCatchingUp: !isCaughtUp,
            isConnected: machine.phase == .ready, unread: marks.total, partner: partner?.name
        ).text
    }

    // MARK: The user

    private func takeInput() throws {
        if screen.isTerminal {
            switch screen.readKey(complete: { Completion($0, directory: directory) }) {
            case .goesOn, .completion: break
            case .end: isOver = true
            case .entered(let line):
                try obey(line)
                if !isOver { screen.resume() }
            }
            return
        }
        guard let bytes = Posix.read(settings.input) else { return }
        inputEnded = bytes.isEmpty
        script += inputEnded ? input.end().map { [$0] } ?? [] : input.take(bytes)
    }

    /// The lines of a script run one after another, each when the one before has its answer.
    private func runScript() throws {
        guard !screen.isTerminal else { return }
        let isLoggingIn = runner.machine.wantsLogin && runner.machine.phase != .ready
        while !isOver, pending.isEmpty, !isLoggingIn || credentials == nil, let line = script.popFirst() {
            switch line {
            case .text(let line): try obey(line)
            case .unreadable: fail("a line of the script is too long or no UTF-8")
            }
            if runner.machine.wantsLogin, runner.machine.phase != .ready { break }
        }
        if inputEnded, script.isEmpty, pending.isEmpty, !isLoggingIn { isOver = true }
    }

    private func takeSignals(_ descriptor: Int32) {
        while let signal = Posix.nextSignal(descriptor) {
            switch signal {
            case SIGWINCH: screen.resized()
            case SIGTSTP: screen.suspend()
            case SIGINT where screen.isTerminal: isOver = screen.interrupted()
            default:
                exitCode = .failed
                isOver = true
            }
        }
    }

    // MARK: The server

    func take(_ event: ClientEvent) throws {
        switch event {
        case .loggedIn(let result, let isResumed): welcome(result, isResumed: isResumed)
        case .tokenRefused: credentials?.tokenRefused()
        case .passwordNeeded(let refusal): try passwordNeeded(refusal)
        case .reply(let tag, let result): try takeReply(tag, result)
        case .refused(let tag, let refusal):
            followUps[tag] = nil
            if pending.removeValue(forKey: tag) != nil { fail("\(refusal)") }
        case .unknown(let tag):
            followUps[tag] = nil
            if pending.removeValue(forKey: tag) != nil { fail("\(ClientRunner.unknownOutcome)") }
        case .push(let method, let params, _): show(method, params)
        case .complaint(let refusal): fail("\(refusal)")
        case .lost(let reason, let wait):
            isCaughtUp = false
            if !isLost { screen.note("\(reason); trying again in \(ClientSession.seconds(wait)) s") }
            isLost = true
        case .connecting: break
        case .stopped(let reason): try stopped(reason)
        }
    }

    private func takeReply(_ tag: Int, _ result: JSONValue) throws {
        let followUp = followUps.removeValue(forKey: tag)
        if let method = pending.removeValue(forKey: tag) {
            directory.learnResult(of: method, result)
            learnRead(method, result)
            let text = ResultText(directory: directory, colour: screen.colour, now: Posix.wallClock())
            screen.show(
                settings.json && !screen.isTerminal ? [result.description] : text.lines(method, result))
        }
        try followUp?(result)
    }

    private func show(_ method: String, _ params: JSONObject) {
        directory.learnPush(method, params)
        meetGroup(of: params)
        if settings.json, !screen.isTerminal {
            screen.show([JSONValue.object(["method": .string(method), "params": .object(params)]).description])
        } else {
            let text = PushText(directory: directory, colour: screen.colour, now: Posix.wallClock())
            if let line = text.line(method, params) { screen.show([line]) }
        }
        learnUnread(method, params)
        learnLag(method, params)
        if let position = params["position"]?.intValue { shown = max(shown, position) }
    }

    /// Groups of one's own are known since the login; for another the name is asked, once, and shown from then on.
    private func meetGroup(of params: JSONObject) {
        guard case .group(let id) = directory.conversation(params["conversation"]?.stringValue ?? ""),
            directory.groups[id] == nil, strangers.insert(id).inserted,
            let tag = runner.submit(Wire.Method.groupInfo, ["group": .integer(id), "limit": 1], retry: .freely)
        else { return }
        followUps[tag] = { [unowned self] result in directory.learnResult(of: Wire.Method.groupInfo, result) }
    }

    /// The clocks of client and server may differ: only what is late by much is told.
    private func learnLag(_ method: String, _ params: JSONObject) {
        if method == Wire.Push.caughtUp { isCaughtUp = true }
        guard isCaughtUp, method == Wire.Push.message, let moment = Moment(params["at"]?.stringValue ?? "") else {
            return
        }
        lag = max(0, Posix.wallClock() - moment.seconds)
    }

    private func acknowledge() {
        if shown > 0 { runner.acknowledge(upTo: shown) }
    }

    /// The last acknowledgement is waited for, so that nothing shown comes again.
    private func part() {
        guard shown > 0, runner.machine.phase == .ready else { return }
        _ = try? runner.ask(Wire.Method.ack, ["position": .integer(shown)], within: Interactive.parting)
    }

    func fail(_ text: String) {
        if !screen.isTerminal { exitCode = .negative }
        screen.complain(text)
    }
}
