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
    /// How many members the group has; nil in a direct conversation.
    public var members: Int?

    /// Members of the largest group that is told how far each of them has read.
    public static let maximumTold = 50

    /// Whether all members of the group are told.
    public var isToldToGroup: Bool { members.map { $0 <= Self.maximumTold } ?? false }

    /// A reading.
    public init(conversation: Conversation, user: UserID, seq: Int64, members: Int? = nil) {
        self.conversation = conversation
        self.user = user
        self.seq = seq
        self.members = members
    }
}
