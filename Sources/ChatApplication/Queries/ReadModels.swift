public import ChatDomain
public import WireProtocol

/// What the read tables answer. Each query first waits, briefly, until its projections have reached `atLeast`;
/// if they do not in time it throws `unavailable`.
public protocol ReadModels: Sendable {
    /// A page of friends after a user's number; the three other lists come whole, at most `listLimit` each.
    func friends(
        of user: UserID, after: UserID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> FriendsPage

    /// A page of the user's groups after a group's number.
    func groups(
        of user: UserID, after: GroupID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> GroupsPage

    /// In how many groups a user is, counted at the log's present head.
    func groupCount(of user: UserID) async throws(EventLogError) -> Int

    /// How many invitations wait for the answer of one user, and how many of another's wait for one, counted at the
    /// log's present head.
    func invitationCounts(
        to invited: UserID?, by inviter: UserID
    ) async throws(EventLogError) -> (received: Int, sent: Int)

    /// A group with a page of its members; nil if there is none. `role` is the asker's.
    func groupInfo(
        _ group: GroupID, asker: UserID, after: UserID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> GroupPage?

    /// A user's open sessions, oldest first, and all devices that are not forgotten.
    func sessions(of user: UserID, limit: Int, atLeast: Position) async throws(EventLogError) -> SessionsPage

    /// Users whose folded name begins with the folded query.
    func findUsers(foldedPrefix: String, limit: Int, atLeast: Position) async throws(EventLogError) -> [WireUser]

    /// Open groups whose folded name begins with the folded query; `role` is the asker's.
    func findGroups(
        foldedPrefix: String, asker: UserID, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> [WireGroup]

    /// The `MessageSent` events of a conversation with `after` < seq < `before`, ascending, the newest that fit (the
    /// oldest if only `after` is given), none at or before `from`, which is where a member joined last.
    /// `archived`: older ones may be meant, too, which are in archives only.
    func messages(
        in conversation: Conversation, from: Position, after: Int64?, before: Int64?, limit: Int
    ) async throws(EventLogError) -> (events: [RecordedEvent], more: Bool, archived: Bool)

    /// The `MessageSent` and `MessageEdited` events that stand at these positions.
    func messages(at positions: [Position]) async throws(EventLogError) -> [RecordedEvent]

    /// A page of the user's conversations below a position, the newest first.
    func conversations(
        of user: UserID, before: Position?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> ConversationsPage

    /// Up to where a user has read a conversation, as far as the tables know: it may be further by now.
    func readSeq(of user: UserID, in conversation: Conversation) async throws(EventLogError) -> Int64

    /// What became of messages, in the order in which they are asked for.
    func marks(of messages: [MessageAsked], atLeast: Position) async throws(EventLogError) -> [MessageMarks]

    /// Messages whose texts contain something: as the memberships are at `atLeast`, and the texts as far as they are
    /// folded.
    func search(_ request: SearchRequest, atLeast: Position) async throws(EventLogError) -> SearchPage

    /// Since when a user is a member of a group without interruption; nil if not a member.
    func joined(_ group: GroupID, user: UserID, atLeast: Position) async throws(EventLogError) -> Position?

    /// The next part of a user's backlog; see `BacklogPage`.
    func backlog(
        of user: UserID, after: Position, upTo: Position, limit: Int
    ) async throws(EventLogError) -> BacklogPage

    /// Where a device's feed begins: what it has acknowledged, as of a position.
    func cursor(of user: UserID, device: String, atLeast: Position) async throws(EventLogError) -> Position

    /// Friends of a user, all of them, for presence; and blocks, for receipts: at most `blocks` that the user set, and
    /// as many that others did.
    func contacts(of user: UserID, blocks: Int, atLeast: Position) async throws(EventLogError) -> Contacts

    /// Open sessions with a feed and all memberships, each at the position its table has: for routing.
    func routingSnapshot() async throws(EventLogError) -> RoutingSnapshot

    /// Open sessions with a feed, and their table's position: for presence.
    func sessionSnapshot() async throws(EventLogError) -> (sessions: [OpenSessionRow], at: Position)
}

/// Between whom and a user something stands.
public struct Contacts: Sendable {
    /// The user's friends.
    public var friends: [UserID] = []
    /// Those that the user set, and those of others against the user.
    public var blocks: [Block] = []
    /// None.
    public init() {}
}

/// A page of `friends`.
public struct FriendsPage: Sendable {
    /// One friend.
    public struct Friend: Sendable {
        /// Who.
        public var user: WireUser
        /// Whether a session with a feed is open.
        public var isOnline: Bool
        /// When last online, microseconds since 1970 UTC; nil if never or online.
        public var lastSeen: Int64?
        /// A friend.
        public init(user: WireUser, isOnline: Bool, lastSeen: Int64?) {
            self.user = user
            self.isOnline = isOnline
            self.lastSeen = lastSeen
        }
    }
    /// By number.
    public var friends: [Friend]
    /// Whether there are further friends.
    public var more: Bool
    /// Who asks for friendship.
    public var requests: [WireUser]
    /// Who was asked.
    public var requested: [WireUser]
    /// Whom the user blocks.
    public var blocked: [WireUser]
    /// A page.
    public init(
        friends: [Friend], more: Bool, requests: [WireUser], requested: [WireUser], blocked: [WireUser]
    ) {
        self.friends = friends
        self.more = more
        self.requests = requests
        self.requested = requested
        self.blocked = blocked
    }
}

/// What `sessions` shows.
public struct SessionsPage: Sendable {
    /// An open session.
    public struct Session: Sendable {
        /// Its name.
        public var id: SessionID
        /// Its device; nil if it only sends.
        public var device: String?
        /// The node that holds the connection.
        public var node: NodeName
        /// When it began, in microseconds since 1970 UTC.
        public var openedAt: Int64
        /// From where.
        public var address: String?
        /// A session.
        public init(id: SessionID, device: String?, node: NodeName, openedAt: Int64, address: String?) {
            self.id = id
            self.device = device
            self.node = node
            self.openedAt = openedAt
            self.address = address
        }
    }
    /// A device.
    public struct Device: Sendable {
        /// Its name.
        public var name: String
        /// When a session last began or ended on it, in microseconds since 1970 UTC.
        public var lastSeen: Int64
        /// Whether a session is open on it.
        public var isOnline: Bool
        /// A device.
        public init(name: String, lastSeen: Int64, isOnline: Bool) {
            self.name = name
            self.lastSeen = lastSeen
            self.isOnline = isOnline
        }
    }
    /// The open ones, oldest first.
    public var sessions: [Session]
    /// Whether there are further ones.
    public var more: Bool
    /// By name.
    public var devices: [Device]
    /// A page.
    public init(sessions: [Session], more: Bool, devices: [Device]) {
        self.sessions = sessions
        self.more = more
        self.devices = devices
    }
}

/// A page of `groups`.
public struct GroupsPage: Sendable {
    /// One invitation.
    public struct Invitation: Sendable {
        /// Into which group.
        public var group: WireGroup
        /// By whom.
        public var by: WireUser
        /// When, in microseconds since 1970 UTC.
        public var at: Int64
        /// An invitation.
        public init(group: WireGroup, by: WireUser, at: Int64) {
            self.group = group
            self.by = by
            self.at = at
        }
    }
    /// By number, with the caller's role.
    public var groups: [WireGroup]
    /// Whether there are further ones.
    public var more: Bool
    /// Those that wait for an answer, by the group's number; on the first page only.
    public var invitations: [Invitation]
    /// A page.
    public init(groups: [WireGroup], more: Bool, invitations: [Invitation]) {
        self.groups = groups
        self.more = more
        self.invitations = invitations
    }
}

/// A page of `groupinfo`.
public struct GroupPage: Sendable {
    /// One member.
    public struct Member: Sendable {
        /// Who.
        public var user: WireUser
        /// As what.
        public var role: Role
        /// Whether a session with a feed is open.
        public var isOnline: Bool
        /// A member.
        public init(user: WireUser, role: Role, isOnline: Bool) {
            self.user = user
            self.role = role
            self.isOnline = isOnline
        }
    }
    /// The group, with the asker's role.
    public var group: WireGroup
    /// By number.
    public var members: [Member]
    /// Whether there are further ones.
    public var more: Bool
    /// Whether an invitation waits for the asker's answer.
    public var isInvited: Bool
    /// A page.
    public init(group: WireGroup, members: [Member], more: Bool, isInvited: Bool) {
        self.isInvited = isInvited
        self.group = group
        self.members = members
        self.more = more
    }
}

/// A part of a user's backlog: the events of the streams that concern the user, in the order of the log.
public struct BacklogPage: Sendable {
    /// An event, and while which positions its stream concerns the user.
    public struct Entry: Sendable {
        /// The event.
        public var event: RecordedEvent
        /// Since when: the joining, in a group.
        public var since: Position
        /// Until when: the leaving, in a group that the user has left since.
        public var until: Position?
        /// An entry.
        public init(event: RecordedEvent, since: Position, until: Position?) {
            self.event = event
            self.since = since
            self.until = until
        }
    }
    /// Bytes of payloads: a page ends with the event that brings it to as many. A reader's queue holds no more.
    public static let bytes = 1 << 18
    /// The events, at most the limit or `bytes`.
    public var entries: [Entry]
    /// Up to where nothing is missing: the last event's position, or `upTo` where it is known that there are no more.
    public var through: Position
    /// The groups of which the user is a member at `through`, with the position of each joining.
    public var groups: [GroupID: Position]
    /// Those of them of which the user is owner or admin at `through`.
    public var administered: [GroupID]
    /// A page.
    public init(
        entries: [Entry], through: Position, groups: [GroupID: Position], administered: [GroupID] = []
    ) {
        self.entries = entries
        self.through = through
        self.groups = groups
        self.administered = administered
    }
}

/// A message of which it is asked what became of it.
public struct MessageAsked: Sendable, Hashable {
    /// Where.
    public var conversation: Conversation
    /// Its number there.
    public var seq: Int64
    /// Edits and reactions after this do not count; a recall always does. Nil: all count.
    public var until: Position?
    /// A question.
    public init(conversation: Conversation, seq: Int64, until: Position?) {
        self.conversation = conversation
        self.seq = seq
        self.until = until
    }
}

/// What became of a message.
public struct MessageMarks: Sendable {
    /// The last `MessageEdited` of it; nil if it has the text that it was said with.
    public var edit: RecordedEvent?
    /// Whether it was taken back.
    public var isRecalled: Bool
    /// The reactions to it, by the first of each emoji.
    public var reactions: [WireReaction]
    /// Marks; none by default.
    public init(edit: RecordedEvent? = nil, isRecalled: Bool = false, reactions: [WireReaction] = []) {
        self.edit = edit
        self.isRecalled = isRecalled
        self.reactions = reactions
    }
}

/// An open session with a feed.
public struct OpenSessionRow: Sendable, Hashable {
    /// The session.
    public var session: SessionID
    /// Whose.
    public var user: UserID
    /// On which node.
    public var node: NodeName
    /// A row.
    public init(session: SessionID, user: UserID, node: NodeName) {
        self.session = session
        self.user = user
        self.node = node
    }
}

/// What the relay begins with.
public struct RoutingSnapshot: Sendable {
    /// Open sessions with a feed.
    public var sessions: [OpenSessionRow]
    /// The position that the sessions have.
    public var sessionsAt: Position
    /// All memberships.
    public var members: [(group: GroupID, user: UserID)]
    /// Those of owners and admins.
    public var admins: [(group: GroupID, user: UserID)]
    /// The position that the memberships have.
    public var membersAt: Position
    /// A snapshot.
    public init(
        sessions: [OpenSessionRow], sessionsAt: Position, members: [(group: GroupID, user: UserID)],
        admins: [(group: GroupID, user: UserID)], membersAt: Position
    ) {
        self.sessions = sessions
        self.sessionsAt = sessionsAt
        self.members = members
        self.admins = admins
        self.membersAt = membersAt
    }
}
