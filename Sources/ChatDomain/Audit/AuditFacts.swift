/// What an event says to whoever audits: whom it concerns, and where.
public struct AuditFacts: Sendable, Hashable {
    /// The users that it names, each once, in the order in which it names them. Members of a group are not named by
    /// what is said in it.
    public var users: [UserID] = []
    /// The users of whose devices it says how far they have received their feeds.
    public var receivers: [UserID] = []
    /// The group, also that of a conversation.
    public var group: GroupID?
    /// The conversation.
    public var conversation: Conversation?
    /// The message.
    public var seq: Int64?
    /// The node that it is about, or that gathered it.
    public var node: NodeName?
    /// How what it tells of came out.
    public var outcomes: [String] = []

    /// Nothing.
    public init() {}

    fileprivate init(_ users: UserID..., group: GroupID? = nil, outcomes: [String] = []) {
        for user in users where !self.users.contains(user) { self.users.append(user) }
        self.group = group
        self.outcomes = outcomes
    }

    fileprivate init(_ users: UserID..., in conversation: Conversation, seq: Int64? = nil) {
        switch conversation {
        case .direct(let one, let other): self.users = users + [one, other].filter { !users.contains($0) }
        case .group(let group):
            self.users = users
            self.group = group
        }
        self.conversation = conversation
        self.seq = seq
    }

    fileprivate init(_ message: MessageReference, by user: UserID) {
        self.init(user, in: message.conversation, seq: message.seq)
    }

    fileprivate init(node: NodeName?, users: [UserID] = [], outcomes: [String] = []) {
        self.node = node
        self.users = users
        self.outcomes = outcomes
    }
}

extension ChatEvent {
    /// What the event says to whoever audits; `stream` and `version` are its place.
    public func auditFacts(in stream: StreamName, version: Int64) -> AuditFacts {
        switch self {
        case .messageSent(let event): AuditFacts(event.from, in: event.conversation, seq: version)
        case .messageEdited(let event): AuditFacts(event.message, by: event.by)
        case .messageRecalled(let event): AuditFacts(event.message, by: event.by)
        case .reactionAdded(let event): AuditFacts(event.message, by: event.by)
        case .reactionRemoved(let event): AuditFacts(event.message, by: event.by)
        case .conversationRead(let event): AuditFacts(event.user, in: event.conversation, seq: event.seq)
        case .feedAcknowledged(let event): AuditFacts(event, stream.node)
        case .userRegistered(let event): AuditFacts(event.user)
        case .passwordChanged(let event): AuditFacts(event.user)
        case .accountDeleted(let event): AuditFacts(event.user)
        case .keyDestroyed(let event):
            AuditFacts(node: event.order?.by.node, users: event.user.map { [$0] } ?? [])
        case .sessionOpened(let event): AuditFacts(node: event.node, users: [event.user])
        case .sessionClosed(let event): AuditFacts(event.user, outcomes: [event.reason.rawValue])
        case .loginRefused(let event):
            AuditFacts(
                node: stream.node, users: event.user.map { [$0] } ?? [],
                outcomes: event.counts.filter { $0.value > 0 }.keys.sorted().map(\.rawValue))
        case .nodeJoined(let event): AuditFacts(node: event.node)
        case .nodeLost(let event): AuditFacts(node: event.node, outcomes: [event.graceful ? "graceful" : "lost"])
        case .friendRequested(let event): AuditFacts(event.from, event.to)
        case .friendRequestWithdrawn(let event): AuditFacts(event.from, event.to)
        case .friendRequestRejected(let event): AuditFacts(event.from, event.to)
        case .friendshipMade(let event): AuditFacts(event.from, event.to)
        case .friendshipEnded(let event): AuditFacts(event.by, event.with)
        case .userBlocked(let event): AuditFacts(event.by, event.user)
        case .userUnblocked(let event): AuditFacts(event.by, event.user)
        default: standingFacts
        }
    }

    private var standingFacts: AuditFacts {
        switch self {
        case .groupCreated(let event): AuditFacts(event.owner, group: event.group)
        case .groupUpdated(let event): AuditFacts(event.by, group: event.group)
        case .groupDeleted(let event): AuditFacts(event.by, group: event.group)
        case .memberInvited(let event): AuditFacts(event.by, event.user, group: event.group)
        case .invitationDeclined(let event): AuditFacts(event.user, group: event.group)
        case .invitationWithdrawn(let event): AuditFacts(event.by, event.user, group: event.group)
        case .memberJoined(let event): AuditFacts(event.user, group: event.group)
        case .memberLeft(let event): AuditFacts(event.user, group: event.group)
        case .memberKicked(let event): AuditFacts(event.by, event.user, group: event.group)
        case .roleChanged(let event): AuditFacts(event.by, event.user, group: event.group)
        case .ownershipPassed(let event): AuditFacts(event.from, event.to, group: event.group)
        case .replayStarted(let event): AuditFacts(node: event.by.node)
        case .replaySwapped(let event): AuditFacts(node: event.by.node)
        case .replayRolledBack(let event): AuditFacts(node: event.by.node)
        case .replayFailed(let event): AuditFacts(node: event.by.node, outcomes: [event.reason.rawValue])
        case .replayDropped(let event): AuditFacts(node: event.by.node)
        case .logArchived(let event): AuditFacts(outcomes: [event.step.rawValue])
        default: AuditFacts()
        }
    }
}

extension AuditFacts {
    fileprivate init(_ event: FeedAcknowledged, _ node: NodeName?) {
        self.node = node
        var known: Set<UserID> = []
        for entry in event.entries where known.insert(entry.user).inserted { receivers.append(entry.user) }
    }
}

extension StreamName {
    /// The node whose users' doings this stream gathers.
    fileprivate var node: NodeName? {
        for prefix in ["acks:", "refusals:"] where value.hasPrefix(prefix) {
            return NodeName(String(value.dropFirst(prefix.count)))
        }
        return nil
    }
}
