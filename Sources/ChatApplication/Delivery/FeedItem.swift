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
    public var routing: RoutingChange?
    /// What it says of an earlier message, if it does: it is for whoever can read that one.
    public var mark: Mark?
    /// The session whose command caused it: it has the result, and is not told again.
    public var origin: SessionID?
    /// The push as a line; empty if nobody is told, or everybody something else.
    public var line: [UInt8]
    /// What single users are shown instead.
    public var personal: [UserID: [UInt8]]
    /// The direct message that it shows.
    public var direct: DirectMessage?
    /// What those whom it concerns are told if they are connected. It then has no line, and no part in any feed.
    public var receipts: [ConversationReceipt]

    /// Whose a direct message is, and its number.
    public struct DirectMessage: Sendable, Hashable {
        /// Who said it.
        public var from: UserID
        /// Its number in its conversation.
        public var seq: Int64
        /// A message.
        public init(from: UserID, seq: Int64) {
            self.from = from
            self.seq = seq
        }
    }

    /// An item.
    public init(
        position: Position, at: Int64, audience: Audience, routing: RoutingChange? = nil,
        mark: Mark? = nil, origin: SessionID? = nil, line: [UInt8] = [], personal: [UserID: [UInt8]] = [:],
        direct: DirectMessage? = nil, receipts: [ConversationReceipt] = []
    ) {
        self.position = position
        self.at = at
        self.audience = audience
        self.routing = routing
        self.mark = mark
        self.origin = origin
        self.line = line
        self.personal = personal
        self.direct = direct
        self.receipts = receipts
    }
}

extension FeedItem {
    /// A mark on an earlier message.
    public struct Mark: Sendable, Hashable {
        /// The position of the message.
        public var message: Position
        /// Whether the message was taken back: its text is shown to nobody any more.
        public var isRecall: Bool
        /// A mark.
        public init(message: Position, isRecall: Bool) {
            self.message = message
            self.isRecall = isRecall
        }
    }

    /// Whether a member of the item's group since `joined` may be shown it.
    public func isShown(toMemberSince joined: Position) -> Bool { mark.map { joined < $0.message } ?? true }

    /// The line that a user is shown; empty if none.
    public func line(for user: UserID) -> [UInt8] { personal[user] ?? line }
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
