/// Whom an event concerns, before anybody's sessions are known.
public struct Audience: Sendable, Hashable {
    /// These users.
    public var users: [UserID]
    /// And all members of this group: after a joining, before a leaving or a deletion.
    public var group: GroupID?
    /// And the owner and the admins of this group.
    public var admins: GroupID?
    /// An audience.
    public init(users: [UserID] = [], group: GroupID? = nil, admins: GroupID? = nil) {
        self.users = users
        self.group = group
        self.admins = admins
    }

    /// Both sides of a direct conversation, or a group's members.
    init(of conversation: Conversation) {
        switch conversation {
        case .direct(let one, let other): self.init(users: [one, other])
        case .group(let group): self.init(group: group)
        }
    }
}

/// All sessions of a user ended at once, but one perhaps.
public struct SessionsEnded: Sendable, Hashable {
    /// Whose.
    public var user: UserID
    /// The one that stays.
    public var kept: SessionID?
    /// Those that are known to have been open.
    public var sessions: [SessionID]
    /// Whether the account is gone too.
    public var isDeleted: Bool
    /// An end.
    public init(user: UserID, kept: SessionID?, sessions: [SessionID], isDeleted: Bool) {
        self.user = user
        self.kept = kept
        self.sessions = sessions
        self.isDeleted = isDeleted
    }
}

/// What an event changes in the tables by which live delivery finds its way.
public enum RoutingChange: Sendable, Hashable {
    /// A group exists: its founder is its first member and owner.
    case founded(GroupID, UserID)
    case joined(GroupID, UserID)
    case left(GroupID, UserID)
    /// A member is owner or admin from now on.
    case promoted(GroupID, UserID)
    /// A member is no admin any more.
    case demoted(GroupID, UserID)
    case groupDeleted(GroupID)
    case befriended(UserID, UserID)
    case unfriended(UserID, UserID)
    /// In nobody's feed; but from here on neither is told how far the other has read.
    case blocked(Block)
    case unblocked(Block)
    case sessionOpened(SessionOpened)
    case sessionClosed(SessionClosed)
    case sessionsEnded(SessionsEnded)
    case nodeLost(NodeName)
}
