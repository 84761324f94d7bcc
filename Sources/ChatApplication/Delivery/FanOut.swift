public import ChatDomain

/// What the relay sends to one node, and how it is carried there: fast, and allowed to lose.
public protocol FanOut: Sendable {
    /// Adds entries to the streams of nodes, in order. An entry that is not above a stream's newest is ignored:
    /// publishing again is harmless. Throws if the carrier cannot be reached.
    func publish(_ entries: [(node: NodeName, entry: FanOutEntry)]) async throws(FanOutError)

    /// Entries of a node's own stream after an id, waiting at most `timeout` for the first.
    func read(node: NodeName, after: String, timeout: Duration) async throws(FanOutError) -> [FanOutDelivery]

    /// Says to whoever tails the log how far it has come; best effort.
    func hint(_ hint: LogHint) async

    /// Calls `handler` for each hint, its own included, until the carrier is lost; calls again after it returns.
    func onHint(_ handler: @escaping @Sendable (LogHint) -> Void) async

    /// Tells every node, this one included, that somebody is typing; best effort.
    func say(_ signal: TypingSignal) async

    /// Calls `handler` for each such signal until the carrier is lost; calls again after it returns.
    func onTyping(_ handler: @escaping @Sendable (TypingSignal) -> Void) async
}

/// An entry of a node's stream.
public enum FanOutEntry: Sendable {
    /// An event for the node; `previous` is the position of the one sent to it before.
    case item(FeedItem, previous: Position)
    /// Nothing up to `position` concerns the node after `previous`. `tick`, at least 1, rises while the position
    /// stands still, across relays too: milliseconds since 1970.
    case watermark(Position, previous: Position, tick: Int64)
}

/// An entry as read, with the id to go on from.
public struct FanOutDelivery: Sendable {
    /// The id in the carrier.
    public var id: String
    /// The entry.
    public var entry: FanOutEntry
    /// A delivery.
    public init(id: String, entry: FanOutEntry) {
        self.id = id
        self.entry = entry
    }
}

/// Why the carrier did not do it; nothing is lost by it.
public enum FanOutError: Error, Sendable, Hashable {
    /// It cannot be reached, or answered with an error.
    case unavailable(String)
}
