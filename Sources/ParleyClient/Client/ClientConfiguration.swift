/// How a client behaves. Times that are nil have no end.
public struct ClientConfiguration: Sendable {
    /// What a session is opened with.
    public enum Credentials: Sendable, Equatable {
        /// A name and the password; the token that comes with the login is used from then on.
        case password(name: String, password: String)
        /// A token of an earlier login.
        case token(String)
    }

    /// How the bytes travel.
    public enum Security: Sendable, Equatable {
        /// As they are.
        case plain
        /// TLS 1.2 or 1.3; the server's certificate has to fit its name. `authorities`: a file with the certificates
        /// of those who are believed, as PEM; nil for the system's.
        case tls(authorities: String?)
    }

    /// Where servers listen, tried in turn, the next one after each lost connection.
    public var servers: [ServerAddress]
    /// Plain unless set.
    public var security = Security.plain
    /// Nil: nobody is logged in until `ChatClient.logIn(_:)`.
    public var credentials: Credentials?
    /// By which the user's clients are told apart; the server's `default` if nil. With a token, the token's own.
    public var device: String?
    /// Whether the session is shown the user's feed. One without feed only sends, and disturbs no other session.
    public var feed = true
    /// Where the feed begins: after this position of this epoch, instead of after what the device acknowledged.
    public var since: (position: Int64, epoch: String?)?
    /// Whether a push is acknowledged when the next one is asked for. Otherwise `ChatClient.acknowledge(upTo:)` does.
    public var acknowledgesWhatWasTaken = true
    /// How much of the feed is held for a consumer that does not keep up, in bytes of the wire. At this nothing more is
    /// read from the socket; while an answer is awaited, at most twice as much and one reading of 64 KiB.
    public var feedBytes = 262_144
    /// Commands that are unanswered at a time; further ones wait.
    public var window = 64
    /// Commands that wait to be sent; a further one throws `ChatError.tooManyWaiting`.
    public var queue = 1000
    /// How long the first connection may take to come about.
    public var firstPatience: Duration? = .seconds(30)
    /// How long a lost connection, or a server that is busy, is borne.
    public var patience: Duration?

    /// The defaults, for these servers.
    public init(servers: [ServerAddress], credentials: Credentials? = nil, device: String? = nil) {
        self.servers = servers
        self.credentials = credentials
        self.device = device
    }

    /// As the machine wants it.
    var options: ClientOptions {
        var options = ClientOptions()
        if case .password(let name, _)? = credentials { options.user = name }
        options.device = device
        options.feed = feed
        options.resumesBehindAcknowledged = true
        options.firstPatience = firstPatience.map(\.milliseconds)
        options.unansweredPatience = firstPatience.map(\.milliseconds)
        options.patience = patience.map(\.milliseconds)
        options.window = max(1, window)
        options.queue = max(1, queue)
        return options
    }
}

extension Duration {
    /// Whole ones, at most some 24 days.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(min(max(0, seconds), 2_000_000)) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}
