import CommandLineTool
import JSONText
import ParleyClient

/// A session for the modes that need no conversation with the user: it logs in or fails.
final class ClientSession {
    let runner: ClientRunner
    let settings: ClientSettings
    private let credentials: Credentials?
    private(set) var directory = Directory()
    /// Whether it was ever logged in.
    private(set) var hasOpened = false
    /// Groups that are not to be asked about again.
    private var strangers: Set<Int64> = []

    /// Prepares a session; nobody logs in without credentials.
    convenience init(_ settings: ClientSettings, credentials: Credentials?, feed: Bool) throws {
        try self.init(settings, credentials: credentials, feed: feed, patience: settings.patience)
    }

    /// `patience` says how long a lost connection is borne, in milliseconds; nil for ever.
    init(_ settings: ClientSettings, credentials: Credentials?, feed: Bool, patience: Int?) throws {
        self.settings = settings
        self.credentials = credentials
        var options = ClientOptions()
        options.user = credentials?.user
        options.device = settings.device
        options.feed = feed
        options.patience = patience
        let first = try credentials?.next()
        let machine = ClientMachine(
            options: options, token: first?.token, password: first?.password, random: { Double.random(in: 0...1) })
        runner = ClientRunner(machine: machine, settings: settings)
    }

    /// Connects; what comes of it are events to `take`.
    func start() { runner.start() }

    /// Connects and waits until the session is open.
    func open() throws {
        start()
        guard credentials != nil else { return }
        while true {
            let (events, _) = runner.next()
            for (index, event) in events.enumerated() {
                try take(event)
                if case .loggedIn = event {
                    runner.putBack(Array(events[(index + 1)...]))
                    return
                }
            }
        }
    }

    /// Deals with what concerns the session itself; throws when it is over.
    func take(_ event: ClientEvent) throws {
        switch event {
        case .loggedIn(let result, _):
            hasOpened = true
            credentials?.loggedIn(result)
            directory.learnLogin(result)
        case .tokenRefused:
            credentials?.tokenRefused()
        case .passwordNeeded(let refusal):
            if let refusal { throw refusal }
            guard let credentials else { return }
            let next = try credentials.next()
            runner.logIn(as: credentials.user, token: next.token, password: next.password)
        case .stopped(let reason):
            if reason == .revoked { credentials?.forget() }
            throw reason.failure
        case .complaint(let refusal):
            throw refusal
        case .lost(let reason, let wait):
            settings.errors.write(
                "\(DisplayText.printable(reason)); trying again in \(ClientSession.seconds(wait)) s\n")
        case .push(let method, let params, _):
            directory.learnPush(method, params)
        case .reply, .refused, .unknown, .connecting:
            break
        }
    }

    /// Sends a request and waits for its answer.
    func ask(_ method: String, _ params: JSONValue, retry: RetryRule, needsLogin: Bool = true) throws -> JSONValue {
        guard let tag = runner.submit(method, params, retry: retry, needsLogin: needsLogin) else {
            throw ToolFailure(.failed, "too many requests wait already")
        }
        while true {
            for event in runner.next().events {
                switch event {
                case .reply(tag, let result):
                    if method == Wire.Method.logout || method == Wire.Method.deleteAccount { credentials?.forget() }
                    directory.learnResult(of: method, result)
                    return result
                case .refused(tag, let refusal): throw refusal
                case .unknown(tag): throw ClientRunner.unknownOutcome
                default: try take(event)
                }
            }
        }
    }

    /// Learns the name of the group that a push is about, if it is a stranger.
    func meetGroup(of params: JSONObject) {
        guard case .group(let id) = directory.conversation(params["conversation"]?.stringValue ?? ""),
            directory.groups[id] == nil, strangers.insert(id).inserted
        else { return }
        let info = try? runner.ask(
            Wire.Method.groupInfo, ["group": .integer(id), "limit": 1], within: ClientSession.courtesy)
        directory.learn(group: info?["group"])
    }

    /// How long is waited for what is merely nice to have, in milliseconds.
    static let courtesy = 3_000

    static func seconds(_ milliseconds: Int) -> String {
        "\(milliseconds / 1000).\(milliseconds % 1000 / 100)"
    }
}
