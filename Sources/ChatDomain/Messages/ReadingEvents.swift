/// A user has read a conversation up to a message. Lives in `read:CONVERSATION:USER`.
///
/// Sending a message reads up to it, and joining a group what was before: neither takes an event of this type.
public struct ConversationRead: Sendable, Hashable {
    /// Where.
    public var conversation: Conversation
    /// Who.
    public var user: UserID
    /// Up to which `seq`.
    public var seq: Int64
    /// How many members the group has; nil in a direct conversation. Only small groups are told.
    public var members: Int?

    /// A reading.
    public init(conversation: Conversation, user: UserID, seq: Int64, members: Int? = nil) {
        self.conversation = conversation
        self.user = user
        self.seq = seq
        self.members = members
    }
}
