public import ChatDomain
public import WireProtocol

/// Somebody is typing. It stands in no log, may be lost, and is told to whoever is connected.
public struct TypingSignal: Sendable, Hashable {
    /// Where.
    public var conversation: Conversation
    /// Who.
    public var user: UserID
    /// The name that is shown; nil once deleted.
    public var name: String?
    /// Through which node: it has told its own sessions already.
    public var node: NodeName

    /// A signal.
    public init(conversation: Conversation, user: UserID, name: String?, node: NodeName) {
        self.conversation = conversation
        self.user = user
        self.name = name
        self.node = node
    }

    /// As others see the user.
    public var shown: WireUser { WireUser(id: user, name: name) }

    /// Whose sessions may be told; the typing user is among a group's members, but not meant.
    public var audience: Audience {
        switch conversation {
        case .direct: Audience(users: conversation.otherSide(of: user).map { [$0] } ?? [])
        case .group(let group): Audience(group: group)
        }
    }
}
