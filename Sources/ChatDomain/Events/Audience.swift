/// Whom an event concerns, before anybody's sessions are known.
public struct Audience: Sendable, Hashable {
    /// These users.
    public var users: [UserID]
    /// And all members of this group: after a joining, before a leaving or a deletion.
    public var group: GroupID?
    /// An audience.
    public init(users: [UserID] = [], group: GroupID? = nil) {
        self.users = users
        self.group = group
    }

    /// Both sides of a direct conversation, or a group's members.
    init(of conversation: Conversation) {
        switch conversation {
        case .direct(let one, let other): self.init(users: [one, other])
        case .group(let group): self.init(group: group)
        }
    }
}

/// What an event changes in the tables by which live delivery finds its way.
public enum RoutingChange: Sendable, Hashable {
    case joined(GroupID, UserID)
    case left(GroupID, UserID)
    case groupDeleted(GroupID)
    case befriended(UserID, UserID)
    case unfriended(UserID, UserID)
    case sessionOpened(SessionOpened)
    case sessionClosed(SessionClosed)
    case nodeLost(NodeName)
}
