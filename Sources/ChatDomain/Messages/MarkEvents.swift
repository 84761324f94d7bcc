/// A message as its marks name it: by its number, and by its place in the log.
public struct MessageReference: Sendable, Hashable {
    /// Where it was said.
    public var conversation: Conversation
    /// Its number there.
    public var seq: Int64
    /// The position of its `MessageSent`: who joined a group after it is not shown what becomes of it.
    public var position: Position

    /// A reference.
    public init(conversation: Conversation, seq: Int64, position: Position) {
        self.conversation = conversation
        self.seq = seq
        self.position = position
    }
}

/// A message's sender changed its text. Lives in `marks:CONVERSATION`, moves `message:CONVERSATION:SEQ`.
public struct MessageEdited: Sendable, Hashable {
    /// Which message.
    public var message: MessageReference
    /// Its sender.
    public var by: UserID
    /// The text from now on. Sealed under the sender's key of the calendar quarter.
    public var text: String?

    /// An edit.
    public init(message: MessageReference, by: UserID, text: String?) {
        self.message = message
        self.by = by
        self.text = text
    }
}

/// A message was taken back, by its sender or by an admin of its group.
/// Lives in `marks:CONVERSATION`, moves `message:CONVERSATION:SEQ`.
public struct MessageRecalled: Sendable, Hashable {
    /// Which message.
    public var message: MessageReference
    /// Who took it back.
    public var by: UserID

    /// A recall.
    public init(message: MessageReference, by: UserID) {
        self.message = message
        self.by = by
    }
}

/// A user reacted to a message.
/// Lives in `marks:CONVERSATION`, moves `message:CONVERSATION:SEQ` and `reaction:CONVERSATION:SEQ:U`.
public struct ReactionAdded: Sendable, Hashable {
    /// Which message.
    public var message: MessageReference
    /// Who reacted.
    public var by: UserID
    /// With what: 1 to 32 bytes without white space or control characters.
    public var emoji: String

    /// A reaction.
    public init(message: MessageReference, by: UserID, emoji: String) {
        self.message = message
        self.by = by
        self.emoji = emoji
    }
}

/// A user took a reaction back.
/// Lives in `marks:CONVERSATION`, moves `message:CONVERSATION:SEQ` and `reaction:CONVERSATION:SEQ:U`.
public struct ReactionRemoved: Sendable, Hashable {
    /// Which message.
    public var message: MessageReference
    /// Whose reaction.
    public var by: UserID
    /// Which one.
    public var emoji: String

    /// The end of a reaction.
    public init(message: MessageReference, by: UserID, emoji: String) {
        self.message = message
        self.by = by
        self.emoji = emoji
    }
}
