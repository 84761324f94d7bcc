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
    /// So many that may be meant, if there are.
    public var atLeast: Int

    /// A request.
    public init(user: UserID, folded: String, conversation: Conversation?, before: Position?, atLeast: Int) {
        self.user = user
        self.folded = folded
        self.conversation = conversation
        self.before = before
        self.atLeast = atLeast
    }
}

/// Messages that may be meant: whoever asks looks at their texts.
public struct SearchPage: Sendable {
    /// A message.
    public struct Candidate: Sendable, Hashable {
        /// Its place in the log.
        public var message: Position
        /// Where the texts stand that may contain what is sought: its own, and that of its last edit.
        public var texts: Set<Position>

        /// A message and its texts.
        public init(message: Position, texts: Set<Position>) {
            self.message = message
            self.texts = texts
        }
    }

    /// All below `before` down to the last one, the newest first.
    public var candidates: [Candidate]
    /// Whether there are further ones.
    public var more: Bool
    /// What lies above was not looked at.
    public var upTo: Position

    /// A page.
    public init(candidates: [Candidate], more: Bool, upTo: Position) {
        self.candidates = candidates
        self.more = more
        self.upTo = upTo
    }
}
