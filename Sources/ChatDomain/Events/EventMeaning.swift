extension ChatEvent {
    /// The event's stable name.
    public var type: EventType {
        switch self {
        case .userRegistered: .userRegistered
        case .passwordChanged: .passwordChanged
        case .accountDeleted: .accountDeleted
        case .keyDestroyed: .keyDestroyed
        case .sessionOpened: .sessionOpened
        case .sessionClosed: .sessionClosed
        case .nodeJoined: .nodeJoined
        case .nodeLost: .nodeLost
        case .friendRequested: .friendRequested
        case .friendRequestWithdrawn: .friendRequestWithdrawn
        case .friendRequestRejected: .friendRequestRejected
        case .friendshipMade: .friendshipMade
        case .friendshipEnded: .friendshipEnded
        case .userBlocked: .userBlocked
        case .userUnblocked: .userUnblocked
        case .groupCreated: .groupCreated
        case .groupUpdated: .groupUpdated
        case .groupDeleted: .groupDeleted
        case .memberInvited: .memberInvited
        case .invitationDeclined: .invitationDeclined
        case .invitationWithdrawn: .invitationWithdrawn
        case .memberJoined: .memberJoined
        case .memberLeft: .memberLeft
        case .memberKicked: .memberKicked
        case .roleChanged: .roleChanged
        case .ownershipPassed: .ownershipPassed
        case .messageSent: .messageSent
        case .messageEdited: .messageEdited
        case .messageRecalled: .messageRecalled
        case .reactionAdded: .reactionAdded
        case .reactionRemoved: .reactionRemoved
        case .conversationRead: .conversationRead
        case .feedAcknowledged: .feedAcknowledged
        case .replayStarted: .replayStarted
        case .replaySwapped: .replaySwapped
        case .replayRolledBack: .replayRolledBack
        case .replayFailed: .replayFailed
        case .replayDropped: .replayDropped
        case .logImported: .logImported
        case .logArchived: .logArchived
        case .loginRefused: .loginRefused
        case .auditQueried: .auditQueried
        }
    }

    /// Whose feeds show the event. Nobody is told of a request that was taken back or rejected, nor of a block; of
    /// invitations only who is invited, and those who may take them back.
    public var audience: Audience {
        switch self {
        case .messageSent(let event): Audience(of: event.conversation)
        case .messageEdited(let event): Audience(of: event.message.conversation)
        case .messageRecalled(let event): Audience(of: event.message.conversation)
        case .reactionAdded(let event): Audience(of: event.message.conversation)
        case .reactionRemoved(let event): Audience(of: event.message.conversation)
        case .friendRequested(let event): Audience(users: [event.from, event.to])
        case .friendshipMade(let event): Audience(users: [event.from, event.to])
        case .friendshipEnded(let event): Audience(users: [event.by, event.with])
        case .groupCreated(let event): Audience(users: [event.owner], group: event.group)
        case .groupUpdated(let event): Audience(group: event.group)
        case .groupDeleted(let event): Audience(group: event.group)
        case .memberInvited(let event): Audience(users: [event.user], admins: event.group)
        case .invitationDeclined(let event): Audience(users: [event.user], admins: event.group)
        case .invitationWithdrawn(let event): Audience(users: [event.user], admins: event.group)
        case .memberJoined(let event): Audience(users: [event.user], group: event.group)
        case .memberLeft(let event): Audience(users: [event.user], group: event.group)
        case .memberKicked(let event): Audience(users: [event.user], group: event.group)
        case .roleChanged(let event): Audience(users: [event.user], group: event.group)
        case .ownershipPassed(let event): Audience(users: [event.to], group: event.group)
        case .userRegistered, .passwordChanged, .accountDeleted, .keyDestroyed, .sessionOpened, .sessionClosed,
            .nodeJoined, .nodeLost, .friendRequestWithdrawn, .friendRequestRejected, .userBlocked, .userUnblocked,
            .conversationRead, .feedAcknowledged,
            .replayStarted, .replaySwapped, .replayRolledBack, .replayFailed, .replayDropped, .logImported,
            .logArchived, .loginRefused, .auditQueried:
            Audience()
        }
    }

    /// Whether the event belongs to anybody's feed.
    public var isFeed: Bool { type.isFeed }

    /// Whether it says how far somebody has a conversation.
    public var isReceipt: Bool { type.isReceipt }

    /// The message that the event says something of; whoever cannot read it is not told.
    public var marked: MessageReference? {
        switch self {
        case .messageEdited(let event): event.message
        case .messageRecalled(let event): event.message
        case .reactionAdded(let event): event.message
        case .reactionRemoved(let event): event.message
        default: nil
        }
    }

    /// What the event changes for live delivery, if anything.
    public var routing: RoutingChange? {
        switch self {
        case .groupCreated(let event): .founded(event.group, event.owner)
        case .memberJoined(let event): .joined(event.group, event.user)
        case .memberLeft(let event): .left(event.group, event.user)
        case .memberKicked(let event): .left(event.group, event.user)
        case .roleChanged(let event):
            event.role == .member ? .demoted(event.group, event.user) : .promoted(event.group, event.user)
        // Who passes ownership on stays an admin.
        case .ownershipPassed(let event): .promoted(event.group, event.to)
        case .groupDeleted(let event): .groupDeleted(event.group)
        case .friendshipMade(let event): .befriended(event.from, event.to)
        case .friendshipEnded(let event): .unfriended(event.by, event.with)
        case .userBlocked(let event): .blocked(Block(by: event.by, user: event.user))
        case .userUnblocked(let event): .unblocked(Block(by: event.by, user: event.user))
        case .sessionOpened(let event): .sessionOpened(event)
        case .sessionClosed(let event): .sessionClosed(event)
        case .passwordChanged(let event):
            .sessionsEnded(
                SessionsEnded(
                    user: event.user, kept: event.session, sessions: event.ended.map(\.session), isDeleted: false))
        case .accountDeleted(let event):
            .sessionsEnded(
                SessionsEnded(user: event.user, kept: nil, sessions: event.ended.map(\.session), isDeleted: true))
        // A node that joins starts anew: whatever sessions it had before are gone, even if nobody declared it lost.
        case .nodeJoined(let event): .nodeLost(event.node)
        case .nodeLost(let event): .nodeLost(event.node)
        case .userRegistered, .keyDestroyed, .friendRequested, .friendRequestWithdrawn, .friendRequestRejected,
            .groupUpdated, .memberInvited, .invitationDeclined, .invitationWithdrawn,
            .messageSent, .messageEdited, .messageRecalled, .reactionAdded, .reactionRemoved, .conversationRead,
            .feedAcknowledged,
            .replayStarted, .replaySwapped, .replayRolledBack, .replayFailed, .replayDropped, .logImported,
            .logArchived, .loginRefused, .auditQueried:
            nil
        }
    }
}

extension EventType {
    /// Whether events of this type say how far somebody has a conversation: whoever takes part and is connected is
    /// told, though they are in nobody's feed.
    public var isReceipt: Bool { self == .conversationRead || self == .feedAcknowledged }

    /// Whether events of this type belong to anybody's feed.
    public var isFeed: Bool {
        switch self {
        case .messageSent, .messageEdited, .messageRecalled, .reactionAdded, .reactionRemoved, .friendRequested,
            .friendshipMade, .friendshipEnded, .groupCreated, .groupUpdated, .groupDeleted, .memberInvited,
            .invitationDeclined, .invitationWithdrawn, .memberJoined, .memberLeft, .memberKicked, .roleChanged,
            .ownershipPassed:
            true
        case .userRegistered, .passwordChanged, .accountDeleted, .keyDestroyed, .sessionOpened, .sessionClosed,
            .nodeJoined, .nodeLost, .friendRequestWithdrawn, .friendRequestRejected, .userBlocked, .userUnblocked,
            .conversationRead, .feedAcknowledged,
            .replayStarted, .replaySwapped, .replayRolledBack, .replayFailed, .replayDropped, .logImported,
            .logArchived, .loginRefused, .auditQueried:
            false
        }
    }
}
