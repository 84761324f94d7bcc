public import ChatDomain

/// What `search` looks for.
public struct SearchRequest: Sendable {
    /// Who asks: only what `history` would show is found.
    public var user: UserID
    /// What a text must contain, folded.
    public var folded: String
    /// Only here, if it is given.
    public var conversation: Conversation?
    /// Only below, if it is given.
    public var before: Position?
    /// At most so many.
    public var limit: Int

    /// A request.
    public init(user: UserID, folded: String, conversation: Conversation?, before: Position?, limit: Int) {
        self.user = user
        self.folded = folded
        self.conversation = conversation
        self.before = before
        self.limit = limit
    }
}

/// Where the messages stand that were found.
public struct SearchPage: Sendable {
    /// The newest first.
    public var positions: [Position]
    /// Whether there are further ones.
    public var more: Bool
    /// What lies above was not looked at.
    public var upTo: Position

    /// A page.
    public init(positions: [Position], more: Bool, upTo: Position) {
        self.positions = positions
        self.more = more
        self.upTo = upTo
    }
}
