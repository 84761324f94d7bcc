/// The message that `edit`, `recall` or `react` names, and what was found out about it beforehand.
public struct MessageTarget: Sendable, Hashable {
    /// What never changes of a message once it is said.
    public struct Said: Sendable, Hashable {
        /// Who said it.
        public var from: UserID
        /// The position of its `MessageSent`.
        public var position: Position
        /// A message's beginning.
        public init(from: UserID, position: Position) {
            self.from = from
            self.position = position
        }
    }

    /// Where.
    public var conversation: Conversation
    /// Its number there.
    public var seq: Int64
    /// Nil if there is no such message, or the caller cannot read it.
    public var said: Said?

    /// A target.
    public init(conversation: Conversation, seq: Int64, said: Said?) {
        self.conversation = conversation
        self.seq = seq
        self.said = said
    }

    /// The message as its marks name it.
    var reference: MessageReference {
        MessageReference(conversation: conversation, seq: seq, position: said?.position ?? .start)
    }
}
