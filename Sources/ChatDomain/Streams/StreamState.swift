/// What a decision needs to know of one stream: the fold of its events, and of those that touched it.
public enum StreamState: Sendable, Hashable {
    case account(AccountState)
    case name(NameState)
    case devices(DevicesState)
    case counts(CountsState)
    case contact(ContactState)
    case group(GroupState)
    case roster(RosterState)
    case member(MemberState)
    case message(MessageState)
    case reaction(ReactionState)
    case read(ReadState)
    case node(NodeState)
}

/// `account:U`.
public struct AccountState: Sendable, Hashable {
    /// The name as shown; nil once deleted.
    public var name: String?
    /// The Argon2id hash; nil once deleted.
    public var passwordHash: String?
    /// Whether it was deleted, nothing of it is left, and the key of what was personal is destroyed.
    public var isErased: Bool
    /// An account.
    public init(name: String?, passwordHash: String?, isErased: Bool = false) {
        self.name = name
        self.passwordHash = passwordHash
        self.isErased = isErased
    }
    /// Whether it can be used.
    public var isActive: Bool { passwordHash != nil }
}

/// `name:DIGEST`.
public struct NameState: Sendable, Hashable {
    /// Who holds the name; nil if it is free again.
    public var owner: UserID?
    /// A name.
    public init(owner: UserID?) { self.owner = owner }
}

/// `devices:U`.
public struct DevicesState: Sendable, Hashable {
    /// A device, or a session without one.
    public struct Entry: Sendable, Hashable {
        /// The device's name; nil for a session that only sends.
        public var device: String?
        /// The last session opened on it.
        public var session: SessionID
        /// Whether that session has not been closed; a dead node's sessions may still say so.
        public var isOpen: Bool
        /// The digest, in hexadecimal, of the token; nil once revoked.
        public var tokenDigest: String?
        /// When it was last opened or closed, microseconds since 1970 UTC.
        public var usedAt: Int64

        /// An entry.
        public init(device: String?, session: SessionID, isOpen: Bool, tokenDigest: String?, usedAt: Int64) {
            self.device = device
            self.session = session
            self.isOpen = isOpen
            self.tokenDigest = tokenDigest
            self.usedAt = usedAt
        }
    }

    /// The devices, and sessions without one, at most `maximumLoose` that are over and `maximumOpenLoose` that are not;
    /// oldest first.
    public var entries: [Entry]

    /// How many tokens of sessions without a device that are over are kept: beyond it the oldest stops being good.
    public static let maximumLoose = 20
    /// How many open sessions without a device are kept: an older one stays open, but its token is no longer good.
    public static let maximumOpenLoose = 200

    /// A user's devices.
    public init(entries: [Entry] = []) { self.entries = entries }
}

/// `counts:U`: what a user's limits count.
public struct CountsState: Sendable, Hashable {
    /// Friends.
    public var friends: Int
    /// Pending requests to the user.
    public var requestsReceived: Int
    /// Pending requests by the user.
    public var requestsSent: Int
    /// Counts.
    public init(friends: Int = 0, requestsReceived: Int = 0, requestsSent: Int = 0) {
        self.friends = friends
        self.requestsReceived = requestsReceived
        self.requestsSent = requestsSent
    }
}

/// `contact:A:B`.
public struct ContactState: Sendable, Hashable {
    /// What the two are to each other.
    public enum Relation: Sendable, Hashable {
        case none
        /// Asked by this one of the two.
        case requested(by: UserID)
        case friends
    }
    /// What the two are to each other.
    public var relation: Relation
    /// Which of the two block the other one.
    public var blockers: Set<UserID>
    /// A contact.
    public init(relation: Relation = .none, blockers: Set<UserID> = []) {
        self.relation = relation
        self.blockers = blockers
    }

    /// Whether one of the two blocks the other.
    public func isBlocked(by user: UserID) -> Bool { blockers.contains(user) }
}

/// `group:G`.
public struct GroupState: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Its description.
    public var description: String
    /// Who may join.
    public var visibility: Visibility
    /// Whether it is gone.
    public var isDeleted: Bool
    /// A group.
    public init(name: String, description: String, visibility: Visibility, isDeleted: Bool = false) {
        self.name = name
        self.description = description
        self.visibility = visibility
        self.isDeleted = isDeleted
    }
}

/// `roster:G`.
public struct RosterState: Sendable, Hashable {
    /// How many members there are.
    public var members: Int
    /// The owner.
    public var owner: UserID
    /// A roster.
    public init(members: Int, owner: UserID) {
        self.members = members
        self.owner = owner
    }
}

/// `member:G:U`.
public struct MemberState: Sendable, Hashable {
    /// The role; nil if not a member now.
    public var role: Role?
    /// Whether an invitation waits for an answer; never of a member.
    public var isInvited: Bool
    /// Whether the user was kicked, and has not been let in again.
    public var wasKicked: Bool
    /// A standing.
    public init(role: Role?, isInvited: Bool = false, wasKicked: Bool = false) {
        self.role = role
        self.isInvited = isInvited
        self.wasKicked = wasKicked
    }
}

/// `message:CONVERSATION:SEQ`: what became of a message.
public struct MessageState: Sendable, Hashable {
    /// Whether it was taken back: nothing can be done to it any more.
    public var isRecalled: Bool
    /// How many users reacted with each emoji; at most `maximumEmojis` of them.
    public var reactions: [String: Int]

    /// Different emojis on one message; one more is `too_many`.
    public static let maximumEmojis = 20

    /// A standing; that of a message that nothing became of by default.
    public init(isRecalled: Bool = false, reactions: [String: Int] = [:]) {
        self.isRecalled = isRecalled
        self.reactions = reactions
    }
}

/// `reaction:CONVERSATION:SEQ:U`: with what a user reacted to a message.
public struct ReactionState: Sendable, Hashable {
    /// The emojis, oldest first.
    public var emojis: [String]
    /// Reactions.
    public init(emojis: [String] = []) { self.emojis = emojis }
}

/// `read:CONVERSATION:USER`.
public struct ReadState: Sendable, Hashable {
    /// Up to which `seq` the user has said to have read.
    public var seq: Int64
    /// A reading.
    public init(seq: Int64) { self.seq = seq }
}

/// `node:NAME`.
public struct NodeState: Sendable, Hashable {
    /// Whether it takes part.
    public var isAlive: Bool
    /// A node.
    public init(isAlive: Bool) { self.isAlive = isAlive }
}
