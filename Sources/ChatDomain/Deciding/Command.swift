/// What a client, or a node, asks for: everything that the decision cannot look up itself is in it.
public enum Command: Sendable, Hashable {
    case register(Register)
    case openSession(OpenSession)
    case closeSession(CloseSession)
    /// `endsession`.
    case endSession(SessionID)
    /// `enddevice`.
    case endDevice(String)
    case changePassword(ChangePassword)
    case deleteAccount(DeleteAccount)
    /// An operator has an account deleted. The digest is the keyed hash of the folded name, as it was registered.
    case eraseAccount(UserID, nameDigest: String, ErasureOrder)
    /// The texts of quarters become unreadable, a deleted user's or everybody's.
    case destroyTexts(of: UserID?, quarters: [String], ErasureOrder)
    /// What a deleted user still is to another one.
    case removeContact(of: UserID, with: UserID)
    /// The membership, or the invitation, of a deleted user.
    case removeMember(UserID, of: GroupID, heir: UserID?)
    /// Nothing else is left of a deleted user.
    case confirmRemoval(UserID)
    case addFriend(UserID)
    case acceptFriend(UserID)
    case rejectFriend(UserID)
    case removeFriend(UserID)
    case block(UserID)
    case unblock(UserID)
    case createGroup(CreateGroup)
    case updateGroup(UpdateGroup)
    /// `groups` is how many groups the user is in now.
    case joinGroup(GroupID, groups: Int)
    case leaveGroup(GroupID)
    case deleteGroup(GroupID)
    case invite(Invite)
    case kick(GroupID, UserID)
    case setRole(GroupID, UserID, Role)
    case sendMessage(SendMessage)
    case readConversation(ReadConversation)
    case editMessage(MessageTarget, text: String)
    case recallMessage(MessageTarget)
    case react(MessageTarget, emoji: String, remove: Bool)
    case joinCluster(NodeName)
    case leaveCluster(NodeName, graceful: Bool)
}

/// `register`. The user's number and the password's hash were made beforehand.
public struct Register: Sendable, Hashable {
    /// The number that the user will have.
    public var user: UserID
    /// The name as typed, in NFC.
    public var name: String
    /// The keyed hash, in hexadecimal, of the folded name.
    public var nameDigest: String
    /// The Argon2id hash.
    public var passwordHash: String
    /// From where.
    public var address: String?
    /// A registration.
    public init(user: UserID, name: String, nameDigest: String, passwordHash: String, address: String?) {
        self.user = user
        self.name = name
        self.nameDigest = nameDigest
        self.passwordHash = passwordHash
        self.address = address
    }
}

/// `login`.
public struct OpenSession: Sendable, Hashable {
    /// How the client showed who it is.
    public enum Proof: Sendable, Hashable {
        /// The password fits this hash, which must still be the account's; the digest is of a fresh token.
        case password(fits: String, newTokenDigest: String)
        /// A token with this digest, which must be known to the user's devices.
        case token(digest: String)
    }
    /// Who logs in.
    public var user: UserID
    /// The proof.
    public var proof: Proof
    /// The new session's name.
    public var session: SessionID
    /// The device asked for; `default` if none was given. A token's own device wins.
    public var device: String
    /// Whether the session gets a feed; without it there is no device.
    public var feed: Bool
    /// Where the feed is to begin, at most the head.
    public var since: Position?
    /// The node and its lease term.
    public var node: NodeName
    /// The node's lease term.
    public var term: Int64
    /// From where.
    public var address: String?
    /// A login.
    public init(
        user: UserID, proof: Proof, session: SessionID, device: String, feed: Bool, since: Position?, node: NodeName,
        term: Int64, address: String?
    ) {
        self.user = user
        self.proof = proof
        self.session = session
        self.device = device
        self.feed = feed
        self.since = since
        self.node = node
        self.term = term
        self.address = address
    }
}

/// `logout`, or the end of a connection.
public struct CloseSession: Sendable, Hashable {
    /// Whose session.
    public var user: UserID
    /// The session.
    public var session: SessionID
    /// Why.
    public var reason: SessionClosed.Reason
    /// Whether it has no device.
    public var isLoose: Bool
    /// A closing.
    public init(user: UserID, session: SessionID, reason: SessionClosed.Reason, isLoose: Bool = false) {
        self.user = user
        self.session = session
        self.reason = reason
        self.isLoose = isLoose
    }
}

/// `changepassword`. The old password was checked and the new one hashed beforehand.
public struct ChangePassword: Sendable, Hashable {
    /// The hash that the old password fits, which must still be the account's; nil if it fits none.
    public var fits: String?
    /// The Argon2id hash of the new one.
    public var newHash: String
    /// The session that asks, and stays.
    public var session: SessionID
    /// A change.
    public init(fits: String?, newHash: String, session: SessionID) {
        self.fits = fits
        self.newHash = newHash
        self.session = session
    }
}

/// `deleteaccount`. The password was checked beforehand.
public struct DeleteAccount: Sendable, Hashable {
    /// The hash that the password fits, which must still be the account's.
    public var fits: String
    /// The keyed hash, in hexadecimal, of the folded name.
    public var nameDigest: String
    /// A deletion.
    public init(fits: String, nameDigest: String) {
        self.fits = fits
        self.nameDigest = nameDigest
    }
}

/// `creategroup`.
public struct CreateGroup: Sendable, Hashable {
    /// The number that the group will have.
    public var group: GroupID
    /// Its name.
    public var name: String
    /// Its description.
    public var description: String
    /// Who may join.
    public var visibility: Visibility
    /// How many groups the user is in now.
    public var groups: Int
    /// A creation.
    public init(group: GroupID, name: String, description: String, visibility: Visibility, groups: Int) {
        self.group = group
        self.name = name
        self.description = description
        self.visibility = visibility
        self.groups = groups
    }
}

/// `chat` and `groupchat`.
public struct SendMessage: Sendable, Hashable {
    /// To whom or where.
    public enum Target: Sendable, Hashable {
        case user(UserID)
        case group(GroupID)
    }
    /// To whom or where.
    public var target: Target
    /// The text, exactly as sent.
    public var text: String
    /// The `seq` that it answers.
    public var replyTo: Int64?
    /// Whether the sender can read the message that it answers; true if it answers none.
    public var canReadReplied: Bool
    /// A message.
    public init(target: Target, text: String, replyTo: Int64? = nil, canReadReplied: Bool = true) {
        self.target = target
        self.text = text
        self.replyTo = replyTo
        self.canReadReplied = canReadReplied
    }
}

/// `read`.
public struct ReadConversation: Sendable, Hashable {
    /// What.
    public var conversation: Conversation
    /// Up to which `seq`.
    public var seq: Int64
    /// The last message's `seq`: nobody reads further.
    public var last: Int64
    /// Up to where it is read by what was sent, or by joining: it never goes back.
    public var alreadyRead: Int64
    /// A reading.
    public init(conversation: Conversation, seq: Int64, last: Int64, alreadyRead: Int64 = 0) {
        self.conversation = conversation
        self.seq = seq
        self.last = last
        self.alreadyRead = alreadyRead
    }
}

/// Who asks, when, and within which limits.
public struct CommandContext: Sendable, Hashable {
    /// The user who is logged in; nil for `register`, `login` and a node's own commands.
    public var actor: UserID?
    /// Now, in microseconds since 1970 UTC.
    public var now: Int64
    /// The limits that count things.
    public var limits: DomainLimits
    /// A context.
    public init(actor: UserID?, now: Int64, limits: DomainLimits = DomainLimits()) {
        self.actor = actor
        self.now = now
        self.limits = limits
    }
}

/// The limits that a decision keeps; the defaults are those of the wire contract.
public struct DomainLimits: Sendable, Hashable {
    /// Members of a group; the next to join gets `group_full`.
    public var groupMembers = 10_000
    /// Groups of a user; one more is `too_many`.
    public var userGroups = 1_000
    /// Friends of a user; one more is `too_many`.
    public var userFriends = 5_000
    /// Devices of a user; one more makes the one longest unused forgotten.
    public var userDevices = 20
    /// Pending requests to a user, and by a user; one more is `too_many` to whoever adds it.
    public var userRequests = 200
    /// Pending invitations to a user, and by a user; one more is `too_many` to whoever adds it.
    public var userInvitations = 200
    /// How long a token is good without use, in seconds: 30 days.
    public var tokenLifetime: Int64 = 30 * 24 * 3600
    /// The defaults.
    public init() {}
}

/// What a decision comes to: the events to append, and the result that they will have.
public struct Decision: Sendable, Hashable {
    /// An event, where it lives and what else it moves.
    public struct NewEvent: Sendable, Hashable {
        /// The event.
        public var event: ChatEvent
        /// The stream in which it lives.
        public var stream: StreamName
        /// Further streams whose version it moves by one. All that keep a state were read by the decider.
        public var touched: [StreamName]
        /// An event.
        public init(_ event: ChatEvent, in stream: StreamName, touching touched: [StreamName] = []) {
            self.event = event
            self.stream = stream
            self.touched = touched
        }
    }
    /// The events, in order; none if nothing changes.
    public var events: [NewEvent]
    /// The result.
    public var result: CommandResult
    /// A decision.
    public init(events: [NewEvent], result: CommandResult) {
        self.events = events
        self.result = result
    }
}

/// What the client is told, apart from what only the append knows (position, seq, time).
public enum CommandResult: Sendable, Hashable {
    /// `{}`.
    case done
    /// `{"user"}`.
    case registered(UserID, name: String)
    /// A session began; `device` is nil without a feed.
    case opened(user: UserID, device: String?)
    /// `{"state"}`.
    case friendState(FriendState)
    /// `{"group"}`.
    case group(GroupID, GroupState, members: Int, role: Role)
    /// `{"position", "conversation", "seq", "at"}`.
    case sent(Conversation)
    /// `{"position"}`, null if nothing changed.
    case marked

    /// The `state` of `addfriend`, `acceptfriend` and `rejectfriend`.
    public enum FriendState: String, Sendable, Hashable {
        case requested
        case friends
        case none
    }
}
