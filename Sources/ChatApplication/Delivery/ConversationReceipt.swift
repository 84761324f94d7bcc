public import ChatDomain
public import WireProtocol

/// How far somebody has a conversation, for those who take part and are connected. It is not part of the feed.
public struct ConversationReceipt: Sendable, Hashable {
    /// Which.
    public var conversation: Conversation
    /// Whose receipt it is.
    public var user: UserID
    /// The name that is shown; nil once deleted.
    public var name: String?
    /// How far.
    public var progress: ReadingProgress
    /// Whether the members of the group are told; only small groups are.
    public var tellsGroup: Bool

    /// A receipt.
    public init(
        conversation: Conversation, user: UserID, name: String?, progress: ReadingProgress, tellsGroup: Bool = false
    ) {
        self.conversation = conversation
        self.user = user
        self.name = name
        self.progress = progress
        self.tellsGroup = tellsGroup
    }

    /// As others see the user.
    public var shown: WireUser { WireUser(id: user, name: name) }

    /// Who is told: of what was read the reader's own other sessions too.
    public var audience: Audience {
        switch (conversation, progress) {
        case (.direct(let one, let other), .read): Audience(users: [one, other])
        case (.direct, .delivered): Audience(users: conversation.otherSide(of: user).map { [$0] } ?? [])
        case (.group(let group), _): Audience(users: [user], group: tellsGroup ? group : nil)
        }
    }
}
