/// Where an event stands: the stream in which it lives, and those whose version it moves too.
public struct EventPlace: Sendable, Hashable {
    /// The stream in which it lives.
    public var stream: StreamName
    /// Further streams that it moves by one.
    public var touched: [StreamName]

    /// A place.
    public init(_ stream: StreamName, touching touched: [StreamName] = []) {
        self.stream = stream
        self.touched = touched
    }
}

extension ChatEvent {
    /// Where the event stands; nil for acknowledgements and refused logins, which stand in
    /// the stream of the node that gathered them.
    public var place: EventPlace? {
        switch self {
        case .userRegistered(let event):
            EventPlace(.account(event.user), touching: [.name(digest: event.nameDigest)])
        case .passwordChanged(let event): EventPlace(.account(event.user), touching: [.devices(event.user)])
        case .accountDeleted(let event):
            EventPlace(.account(event.user), touching: [.name(digest: event.nameDigest), .devices(event.user)])
        case .keyDestroyed(let event): EventPlace(event.user.map { .account($0) } ?? .erasures)
        case .sessionOpened(let event): EventPlace(.devices(event.user))
        case .sessionClosed(let event): EventPlace(.devices(event.user))
        case .nodeJoined(let event): EventPlace(.node(event.node))
        case .nodeLost(let event): EventPlace(.node(event.node))
        case .friendRequested(let event): Self.contact(event.from, event.to)
        case .friendRequestWithdrawn(let event): Self.contact(event.from, event.to)
        case .friendRequestRejected(let event): Self.contact(event.from, event.to)
        case .friendshipMade(let event): Self.contact(event.from, event.to)
        case .friendshipEnded(let event): Self.contact(event.by, event.with)
        case .userBlocked(let event): EventPlace(.contact(event.by, event.user))
        case .userUnblocked(let event): EventPlace(.contact(event.by, event.user))
        case .groupCreated(let event):
            EventPlace(.group(event.group), touching: [.roster(event.group), .member(event.group, event.owner)])
        case .groupUpdated(let event): EventPlace(.group(event.group))
        case .groupDeleted(let event):
            EventPlace(.group(event.group), touching: [.roster(event.group), .member(event.group, event.by)])
        case .memberInvited(let event): Self.invitation(event.group, event.user)
        case .invitationDeclined(let event): Self.invitation(event.group, event.user)
        case .invitationWithdrawn(let event): Self.invitation(event.group, event.user)
        case .memberJoined(let event):
            EventPlace(.roster(event.group), touching: [.member(event.group, event.user)])
        case .memberLeft(let event):
            EventPlace(.roster(event.group), touching: [.member(event.group, event.user)])
        case .memberKicked(let event):
            EventPlace(.roster(event.group), touching: [.member(event.group, event.user)])
        case .roleChanged(let event):
            EventPlace(.roster(event.group), touching: [.member(event.group, event.user)])
        case .ownershipPassed(let event):
            EventPlace(
                .roster(event.group), touching: [.member(event.group, event.from), .member(event.group, event.to)])
        case .messageSent(let event): EventPlace(.messages(event.conversation))
        case .messageEdited(let event): Self.mark(event.message)
        case .messageRecalled(let event): Self.mark(event.message)
        case .reactionAdded(let event): Self.mark(event.message, touching: [.reaction(event.message, event.by)])
        case .reactionRemoved(let event): Self.mark(event.message, touching: [.reaction(event.message, event.by)])
        case .conversationRead(let event): EventPlace(.read(event.conversation, by: event.user))
        case .feedAcknowledged, .loginRefused: nil
        case .auditQueried: EventPlace(.audit)
        case .replayStarted, .replaySwapped, .replayRolledBack, .replayFailed, .replayDropped, .logImported,
            .logArchived:
            EventPlace(.replay)
        }
    }

    /// What becomes of a message moves it, so that two that mark it at once are decided one after the other.
    private static func mark(_ message: MessageReference, touching touched: [StreamName] = []) -> EventPlace {
        EventPlace(.marks(message.conversation), touching: [.message(message)] + touched)
    }

    private static func invitation(_ group: GroupID, _ user: UserID) -> EventPlace {
        EventPlace(.invitations(group), touching: [.member(group, user)])
    }

    /// Every step between two users moves what is counted for both.
    private static func contact(_ one: UserID, _ other: UserID) -> EventPlace {
        EventPlace(.contact(one, other), touching: [.counts(one), .counts(other)])
    }
}
