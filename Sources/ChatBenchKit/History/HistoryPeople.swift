import ChatDomain

/// A user, as far as the history must know.
struct HistoryPerson {
    struct Session {
        var id: SessionID
        var device: String
        var node: Int
    }

    var id: UserID
    var name: String
    var digest: String
    var isDeleted = false
    var session: Session?
    /// The token of each device, as its digest; none after a logout.
    var tokens: [(device: String, digest: String?)] = []
    /// The conversations, those of longest standing first.
    var talks: [Int] = []
    /// How far the feed was acknowledged.
    var acknowledged: Int64 = 0
    /// The newest direct messages to this user that no device has acknowledged, by conversation.
    var undelivered: [Int: Int64] = [:]
}

/// A conversation.
struct HistoryTalk {
    let conversation: Conversation
    let messages: StreamName
    let marks: StreamName
    /// The group's index; nil between two.
    let group: Int?
    /// Whether anybody may say something.
    var isOpen = true
    /// Of two: nobody must be friends to talk.
    var areFriends = true
    /// Both, or the group's members in the order of joining.
    var members: [Int]
    var seq: Int64 = 0
    var lastPosition: Int64 = 0
    var lastSender = -1
    var markCount: Int64 = 0
    var lastMark: Int64 = 0

    init(_ conversation: Conversation, members: [Int], group: Int? = nil) {
        self.conversation = conversation
        self.members = members
        self.group = group
        messages = .messages(conversation)
        marks = .marks(conversation)
    }
}

/// A group, as far as the history must know.
struct HistoryGroup {
    var id: GroupID
    var name: String
    var visibility: Visibility
    var talk: Int
    var owner: Int
    var admins: [Int] = []
    var isDeleted = false
    /// Who may not come back by themselves.
    var kicked: [Int] = []
}

/// A message that may still be marked.
struct HistoryMessage {
    var talk: Int
    var sender: Int
    var reference: MessageReference
    var isRecalled = false
}

/// A reaction that may still be taken back.
struct HistoryReaction {
    var talk: Int
    var by: Int
    var reference: MessageReference
    var emoji: String
}
