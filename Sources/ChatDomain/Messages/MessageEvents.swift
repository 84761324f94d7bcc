/// A message was said. Lives in `messages:CONVERSATION`; its version there is its `seq`.
public struct MessageSent: Sendable, Hashable {
    /// Where.
    public var conversation: Conversation
    /// Who said it.
    public var from: UserID
    /// What, exactly as sent. Sealed under the sender's key of the calendar quarter.
    public var text: String?
    /// The `seq` of the message of the same conversation that it answers.
    public var replyTo: Int64?

    /// A message.
    public init(conversation: Conversation, from: UserID, text: String?, replyTo: Int64? = nil) {
        self.conversation = conversation
        self.from = from
        self.text = text
        self.replyTo = replyTo
    }
}
