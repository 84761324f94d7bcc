public import ChatDomain

/// The one log, as the rest of Parley sees it: append, read, be woken. It knows nothing of chat.
///
/// PostgreSQL implements it for real, memory for tests and simulation; both pass the same contract suite.
public protocol EventLog: Sendable {
    /// Appends a batch in one commit and answers per command.
    ///
    /// Throws `staleTerm` when the node was declared lost, `staleBatch` when the number was fenced off or used,
    /// `unavailable` when it is certain that nothing was stored, `unknown` when that could not be found out.
    func append(_ batch: AppendBatch) async throws(EventLogError) -> [AppendOutcome]

    /// The events after a position, in order, at most `limit`, or fewer that come to `LogPage.bytes`; none above `upTo` if it is given.
    func read(after: Position, upTo: Position?, limit: Int) async throws(EventLogError) -> [RecordedEvent]

    /// The events of one stream after a position, in order, at most `limit` or `LogPage.bytes`.
    func read(stream: StreamName, after: Position, limit: Int) async throws(EventLogError) -> [RecordedEvent]

    /// The events of these types after a position, in order, at most `limit` or `LogPage.bytes`.
    func read(types: [String], after: Position, limit: Int) async throws(EventLogError) -> [RecordedEvent]

    /// Version and inline state of each stream, in the order asked for; version 0 where there is none.
    func heads(of streams: [StreamName]) async throws(EventLogError) -> [StreamHead]

    /// The newest position.
    func head() async throws(EventLogError) -> Position

    /// The life of this log in which its positions mean what they mean.
    func epoch() async throws(EventLogError) -> String

    /// Up to which position another life of the log and this one are the same: the largest for this one itself, nil
    /// for one that this log does not know.
    func shared(with epoch: String) async throws(EventLogError) -> Position?
}

/// Commands of many connections that are appended together.
public struct AppendBatch: Sendable {
    /// The node that appends, its lease term and the number of this batch; nil for a tool outside the cluster.
    public var origin: BatchOrigin?
    /// The commands in their order.
    public var commands: [AppendCommand]

    /// A batch of commands.
    public init(origin: BatchOrigin?, commands: [AppendCommand]) {
        self.origin = origin
        self.commands = commands
    }
}

/// Which batch of which node this is. The term is the version of the node's own stream, and a guard.
public struct BatchOrigin: Sendable, Hashable {
    /// The node.
    public var node: NodeName
    /// Its lease term: the version of `node:NAME` that its `NodeJoined` gave.
    public var term: Int64
    /// Rising within a term, from 1.
    public var number: Int64

    /// An origin.
    public init(node: NodeName, term: Int64, number: Int64) {
        self.node = node
        self.term = term
        self.number = number
    }
}

/// One command of a batch: its guards, its events, and the states that they lead to.
public struct AppendCommand: Sendable {
    /// Commands of one chain take effect in order: if one is not appended, none behind it in the batch is.
    public var chain: Int
    /// The idempotency key, if the client gave one.
    public var key: IdempotencyKey?
    /// The streams that the decision rests on, with the versions it was made at (0: must not exist).
    public var guards: [Guard]
    /// The events; empty for a confirmed refusal or a no-op.
    public var events: [EncodedEvent]
    /// The inline states after the command.
    public var states: [EncodedState]
    /// Who and what caused it.
    public var cause: Cause

    /// A command.
    public init(
        chain: Int, key: IdempotencyKey? = nil, guards: [Guard] = [], events: [EncodedEvent] = [],
        states: [EncodedState] = [], cause: Cause = Cause()
    ) {
        self.chain = chain
        self.key = key
        self.guards = guards
        self.events = events
        self.states = states
        self.cause = cause
    }
}

/// A stream and the version it must have.
public struct Guard: Sendable, Hashable {
    /// The stream.
    public var stream: StreamName
    /// Its expected version; 0 if it must not exist.
    public var version: Int64

    /// A guard.
    public init(_ stream: StreamName, _ version: Int64) {
        self.stream = stream
        self.version = version
    }
}

/// A client's idempotency key in the form in which the log keeps it.
public struct IdempotencyKey: Sendable {
    /// 16 bytes: a digest of who, and the key.
    public var digest: [UInt8]
    /// 16 bytes: a digest of what was asked for; never of a password.
    public var parameters: [UInt8]
    /// Whether the outcome is kept; false for a refusal, which only wants to know of an earlier success.
    public var remember: Bool
    /// The result to be kept with the key.
    public var result: [UInt8]

    /// A key.
    public init(digest: [UInt8], parameters: [UInt8], remember: Bool, result: [UInt8]) {
        self.digest = digest
        self.parameters = parameters
        self.remember = remember
        self.result = result
    }
}

/// The envelope's share that a command's events have in common.
public struct Cause: Sendable, Hashable {
    /// The acting user, if any.
    public var actor: UserID?
    /// The session, if any.
    public var session: SessionID?
    /// The device's name, if any.
    public var device: String?
    /// The client's key, or the id of the request.
    public var reference: String?

    /// A cause.
    public init(
        actor: UserID? = nil, session: SessionID? = nil, device: String? = nil, reference: String? = nil
    ) {
        self.actor = actor
        self.session = session
        self.device = device
        self.reference = reference
    }
}

/// An event in its stored form.
public struct EncodedEvent: Sendable {
    /// The stream in which it lives, and whose version it moves by one.
    public var stream: StreamName
    /// Further streams whose version it moves by one.
    public var touched: [StreamName]
    /// Its stable name.
    public var type: String
    /// The version of its schema.
    public var schema: Int
    /// The exact bytes of its JSON.
    public var payload: [UInt8]

    /// An event to append.
    public init(stream: StreamName, touched: [StreamName] = [], type: String, schema: Int = 1, payload: [UInt8]) {
        self.stream = stream
        self.touched = touched
        self.type = type
        self.schema = schema
        self.payload = payload
    }
}

/// The inline state of a stream after a command.
public struct EncodedState: Sendable {
    /// The stream.
    public var stream: StreamName
    /// The state's stored form.
    public var bytes: [UInt8]

    /// A state.
    public init(stream: StreamName, bytes: [UInt8]) {
        self.stream = stream
        self.bytes = bytes
    }
}

/// What became of one command of a batch.
public enum AppendOutcome: Sendable {
    /// It holds: its events, if any, are in the log.
    case appended(Receipt)
    /// The same key with the same parameters was carried out before: its first result.
    case duplicate(Receipt)
    /// A guarded stream has moved.
    case conflict
    /// The key was used for something else.
    case keyReused
    /// An earlier command of its chain was not appended.
    case chained
}

/// Where a command's events came to stand.
public struct Receipt: Sendable {
    /// The position of its first event; nil if it had none.
    public var position: Position?
    /// The version of its first event in its stream; nil if it had none.
    public var version: Int64?
    /// The position of its last event; nil if it had none, or they were appended by an earlier run.
    public private(set) var last: Position?
    /// When, by the log's clock, in microseconds since 1970 UTC.
    public var recordedAt: Int64
    /// For a duplicate: the result that was kept with the key.
    public var result: [UInt8]

    /// A receipt.
    public init(position: Position?, version: Int64?, recordedAt: Int64, result: [UInt8] = []) {
        self.position = position
        self.version = version
        self.recordedAt = recordedAt
        self.result = result
    }
}

extension Receipt {
    /// The same of a command whose events are so many.
    func reaching(_ count: Int) -> Receipt {
        var receipt = self
        receipt.last = position.map { $0.advanced(by: Int64(max(count, 1) - 1)) }
        return receipt
    }
}

/// An event as it stands in the log.
public struct RecordedEvent: Sendable {
    /// Its number in the log.
    public var position: Position
    /// Its stable name.
    public var type: String
    /// The version of its schema.
    public var schema: Int
    /// The stream in which it lives.
    public var stream: StreamName
    /// Its number in its stream.
    public var version: Int64
    /// Further streams that it moved.
    public var touched: [StreamName]
    /// Who and what caused it.
    public var cause: Cause
    /// Through which node; nil for a tool.
    public var node: NodeName?
    /// When, in microseconds since 1970 UTC; never falls along the log.
    public var recordedAt: Int64
    /// The exact bytes of its JSON.
    public var payload: [UInt8]

    /// An event as read.
    public init(
        position: Position, type: String, schema: Int, stream: StreamName, version: Int64, touched: [StreamName],
        cause: Cause, node: NodeName?, recordedAt: Int64, payload: [UInt8]
    ) {
        self.position = position
        self.type = type
        self.schema = schema
        self.stream = stream
        self.version = version
        self.touched = touched
        self.cause = cause
        self.node = node
        self.recordedAt = recordedAt
        self.payload = payload
    }
}

/// A stream's version and inline state.
public struct StreamHead: Sendable {
    /// The stream.
    public var stream: StreamName
    /// Its version; 0 if there is no such stream.
    public var version: Int64
    /// The state's stored form; nil where the stream keeps none.
    public var state: [UInt8]?

    /// A head.
    public init(stream: StreamName, version: Int64, state: [UInt8]?) {
        self.stream = stream
        self.version = version
        self.state = state
    }
}

/// Why the log could not do it.
public enum EventLogError: Error, Sendable, Hashable {
    /// The node was declared lost: it must join anew.
    case staleTerm
    /// This batch number was used or fenced off before.
    case staleBatch
    /// It is certain that nothing was stored, or the read failed; it may go well later.
    case unavailable(String)
    /// Whether it was stored could not be found out in time.
    case unknown
    /// The request itself was wrong, or the store refused it for good.
    case refused(String)
}
