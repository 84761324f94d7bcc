public import ChatDomain

/// What the log knows of one message: who took part, and what became of it.
public struct MessageTrace: Sendable {
    /// Something that came later, at a moment.
    public struct Moment: Sendable, Hashable {
        /// Whose.
        public var user: UserID
        /// On which device, if it is known.
        public var device: String?
        /// The event that says so.
        public var position: Position
        /// When that was, in microseconds since 1970 UTC.
        public var at: Int64
    }

    /// The message.
    public var message: AuditEntry
    /// Edits, recalls and reactions, the oldest first.
    public private(set) var marks: [AuditEntry] = []
    /// Who could see it when it was said, with the role in a group, by rising numbers.
    public private(set) var members: [(user: UserID, role: String?)] = []
    /// The first word of each device that it has arrived.
    public private(set) var arrivals: [Moment] = []
    /// The first word of each user of having read it.
    public private(set) var readings: [Moment] = []

    private var roles: [UserID: String] = [:]

    /// Nothing is known but the message itself, and that its sender has read it.
    public init(_ message: AuditEntry) {
        self.message = message
        guard case .direct(let one, let other) = message.facts.conversation else { return }
        members = [(one, nil), (other, nil)]
    }

    /// Where.
    public var conversation: Conversation? { message.facts.conversation }

    /// Who said it.
    public var sender: UserID? { message.recorded.cause.actor }

    /// What was before the message in the group's streams, in the order of the log.
    public mutating func learnMembers(_ history: [AuditEntry]) {
        for entry in history where entry.recorded.position < message.recorded.position {
            switch entry.event {
            case .groupCreated(let event): roles[event.owner] = "owner"
            case .memberJoined(let event): roles[event.user] = "member"
            case .memberLeft(let event): roles[event.user] = nil
            case .memberKicked(let event): roles[event.user] = nil
            case .roleChanged(let event): roles[event.user] = event.role.rawValue
            case .ownershipPassed(let event):
                roles[event.from] = "admin"
                roles[event.to] = "owner"
            case .groupDeleted: roles = [:]
            default: continue
            }
        }
        members = roles.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func isMember(_ user: UserID) -> Bool { members.contains { $0.user == user } }

    /// What came after it, in the order of the log: marks, readings, later messages, acknowledgements.
    public mutating func learn(_ entry: AuditEntry) {
        let recorded = entry.recorded
        switch entry.event {
        case .messageEdited, .messageRecalled, .reactionAdded, .reactionRemoved:
            if entry.facts.conversation == conversation, entry.facts.seq == message.facts.seq { marks.append(entry) }
        case .conversationRead(let read):
            guard read.conversation == conversation, read.seq >= (message.facts.seq ?? .max) else { return }
            addReading(read.user, recorded)
        // Who says something has read what was said before.
        case .messageSent(let sent):
            if sent.conversation == conversation, recorded.position > message.recorded.position {
                addReading(sent.from, recorded)
            }
        case .feedAcknowledged(let acknowledged): learn(acknowledged, recorded)
        default: return
        }
    }

    private mutating func addReading(_ user: UserID, _ recorded: RecordedEvent) {
        guard user != sender, isMember(user), !readings.contains(where: { $0.user == user }) else { return }
        readings.append(
            Moment(
                user: user, device: recorded.cause.device, position: recorded.position, at: recorded.recordedAt))
    }

    private mutating func learn(_ acknowledged: FeedAcknowledged, _ recorded: RecordedEvent) {
        for entry in acknowledged.entries where entry.position >= message.recorded.position {
            guard isMember(entry.user),
                !arrivals.contains(where: { $0.user == entry.user && $0.device == entry.device })
            else { continue }
            arrivals.append(
                Moment(
                    user: entry.user, device: entry.device, position: recorded.position, at: recorded.recordedAt))
        }
    }
}
