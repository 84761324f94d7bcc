public import ChatApplication
public import ChatDomain
public import Telemetry

/// What the loops need of their node.
public struct NodeServices: Sendable {
    /// The node's name.
    public var node: NodeName
    /// Its version, as `hello` shows it.
    public var version: String
    /// The settings.
    public var settings: SessionSettings
    /// The log.
    public var log: any EventLog
    /// Sealing keys.
    public var keys: any SealingKeyStore
    /// Read tables.
    public var reads: any ReadModels
    /// Numbers for new users and groups.
    public var identifiers: any IdentifierSource
    /// Passwords.
    public var passwords: any PasswordHasher
    /// Names and tokens.
    public var credentials: Credentials
    /// Where logins that came to nothing are gathered.
    public var refusals: RefusalGathering
    /// The time.
    public var clock: any Clock
    /// The log of the program.
    public var logger: Logger
    /// Hands a command to the pipeline; commands of one chain keep their order. The completion runs on any loop.
    public var submit:
        @Sendable (CommandRequest, _ chain: Int, _ completion: @escaping @Sendable (CommandOutcome) -> Void) -> Void
    /// Says that the answer to a command of this chain that came to `unavailable` is written: until then, so does
    /// everything that is submitted behind it.
    public var told: @Sendable (_ chain: Int) -> Void
    /// Tells all loops of all nodes that somebody is typing.
    public var typed: @Sendable (TypingSignal) -> Void
    /// The node's lease term; 0 while it has none.
    public var term: @Sendable () -> Int64
    /// Whether what a login shows can be read just now: if not it is refused before it stands in the log.
    public var takesLogins: @Sendable () -> Bool
    /// A number that no other connection of this node has.
    public var nextConnection: @Sendable () -> Int
    /// What is counted.
    public var metrics: SessionMetrics

    /// The services of a node.
    public init(
        node: NodeName, version: String, settings: SessionSettings, log: any EventLog, keys: any SealingKeyStore,
        reads: any ReadModels, identifiers: any IdentifierSource, passwords: any PasswordHasher,
        credentials: Credentials, refusals: RefusalGathering, clock: any Clock, logger: Logger,
        submit:
            @escaping @Sendable (CommandRequest, Int, @escaping @Sendable (CommandOutcome) -> Void) ->
            Void,
        typed: @escaping @Sendable (TypingSignal) -> Void,
        told: @escaping @Sendable (Int) -> Void,
        term: @escaping @Sendable () -> Int64, takesLogins: @escaping @Sendable () -> Bool,
        nextConnection: @escaping @Sendable () -> Int, metrics: SessionMetrics
    ) {
        self.takesLogins = takesLogins
        self.node = node
        self.version = version
        self.settings = settings
        self.log = log
        self.keys = keys
        self.reads = reads
        self.identifiers = identifiers
        self.passwords = passwords
        self.credentials = credentials
        self.refusals = refusals
        self.clock = clock
        self.logger = logger
        self.submit = submit
        self.typed = typed
        self.told = told
        self.term = term
        self.nextConnection = nextConnection
        self.metrics = metrics
    }
}

/// What the loops count.
public struct SessionMetrics: Sendable {
    /// Open connections.
    public let connections: Gauge
    /// Sessions that are logged in.
    public let sessions: Gauge
    /// Bytes that wait for clients.
    public let queuedBytes: Gauge
    /// Frames received.
    public let frames: Counter
    /// Pushes written.
    public let pushes: Counter
    /// Times that a slow reader fell back to the log.
    public let fallbacks: Counter
    /// How long the stages take.
    public let stages: StageMeters
    /// Connections that did not bring along what they have to.
    public let turnedAway: Counter
    /// Requests answered with an error, by its code.
    private let refusals: [Int: Counter]
    private let otherRefusals: Counter

    /// The codes of the contract.
    private static let codes: [Int] = [
        401, 403, 404, 409, 413, 422, 429, 503, -32700, -32600, -32601, -32602, -32603,
    ]

    /// Registers them.
    public init(_ registry: MetricsRegistry) {
        connections = registry.gauge("parley_connections", help: "Open client connections.")
        sessions = registry.gauge("parley_sessions", help: "Sessions that are logged in.")
        queuedBytes = registry.gauge("parley_queued_bytes", help: "Bytes that wait for clients.")
        frames = registry.counter("parley_frames_total", help: "Frames received from clients.")
        pushes = registry.counter("parley_pushes_total", help: "Pushes written to clients.")
        fallbacks = registry.counter(
            "parley_feed_fallbacks_total", help: "Times a slow reader's feed fell back to the log.")
        func refusals(_ code: String) -> Counter {
            registry.counter("parley_refusals_total", help: "Requests answered with an error.", labels: ["code": code])
        }
        self.refusals = Dictionary(uniqueKeysWithValues: Self.codes.map { ($0, refusals("\($0)")) })
        otherRefusals = refusals("other")
        stages = StageMeters(registry)
        turnedAway = registry.counter(
            "parley_connections_turned_away_total", help: "Connections closed before they could send anything.")
    }

    /// A request was answered with an error.
    func refused(_ code: Int) { (refusals[code] ?? otherRefusals).add() }
}
