public import ChatDomain

/// An event on its way to sessions: whom it concerns, what it changes for routing, and the push, encoded once.
public struct FeedItem: Sendable {
    /// Its place in the log.
    public var position: Position
    /// When, in microseconds since 1970 UTC.
    public var at: Int64
    /// Whom it concerns.
    public var audience: Audience
    /// What it changes in the routing tables.
    public var routing: [RoutingChange]
    /// The session whose command caused it: it has the result, and is not told again.
    public var origin: SessionID?
    /// The push as a line; empty if nobody is told.
    public var line: [UInt8]
    /// An item.
    public init(
        position: Position, at: Int64, audience: Audience, routing: [RoutingChange], origin: SessionID?, line: [UInt8]
    ) {
        self.position = position
        self.at = at
        self.audience = audience
        self.routing = routing
        self.origin = origin
        self.line = line
    }
}

/// A stretch of the log as one node needs it: in order, and complete for this node's sessions up to `through`.
public struct FeedBatch: Sendable {
    /// The items, in rising positions.
    public var items: [FeedItem]
    /// Up to where nothing that concerns this node is missing.
    public var through: Position
    /// A batch.
    public init(items: [FeedItem], through: Position) {
        self.items = items
        self.through = through
    }
}
