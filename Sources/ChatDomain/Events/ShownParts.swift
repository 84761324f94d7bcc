extension EventType {
    /// Whether events of this type change where live delivery finds its way.
    public var changesRouting: Bool {
        switch self {
        case .groupCreated, .groupDeleted, .memberJoined, .memberLeft, .memberKicked, .roleChanged, .ownershipPassed,
            .friendshipMade, .friendshipEnded, .userBlocked, .userUnblocked, .passwordChanged, .accountDeleted,
            .sessionOpened, .sessionClosed, .nodeJoined, .nodeLost:
            true
        case .userRegistered, .keyDestroyed, .friendRequested, .friendRequestWithdrawn, .friendRequestRejected,
            .groupUpdated, .memberInvited, .invitationDeclined, .invitationWithdrawn,
            .messageSent, .messageEdited, .messageRecalled, .reactionAdded, .reactionRemoved, .conversationRead,
            .feedAcknowledged,
            .replayStarted, .replaySwapped, .replayRolledBack, .replayFailed, .replayDropped, .logImported,
            .logArchived, .loginRefused, .auditQueried:
            false
        }
    }
}

extension ChatEvent {
    /// The users whose names the push of this event shows.
    public var shownUsers: [UserID] {
        switch self {
        case .messageSent(let event): [event.from]
        case .messageEdited(let event): [event.by]
        case .messageRecalled(let event): [event.by]
        case .reactionAdded(let event): [event.by]
        case .reactionRemoved(let event): [event.by]
        case .friendRequested(let event): [event.from, event.to]
        case .friendshipMade(let event): [event.from, event.to]
        case .friendshipEnded(let event): [event.by, event.with]
        case .groupCreated(let event): [event.owner]
        case .groupUpdated(let event): [event.by]
        case .groupDeleted(let event): [event.by]
        case .memberInvited(let event): [event.user, event.by]
        case .invitationDeclined(let event): [event.user]
        case .invitationWithdrawn(let event): [event.user, event.by]
        case .memberJoined(let event): [event.user]
        case .memberLeft(let event): [event.user]
        case .memberKicked(let event): [event.user, event.by]
        case .roleChanged(let event): [event.user, event.by]
        case .ownershipPassed(let event): [event.from, event.to]
        case .conversationRead(let event): [event.user]
        case .feedAcknowledged(let event): event.entries.filter { !$0.delivered.isEmpty }.map(\.user)
        case .userRegistered, .passwordChanged, .accountDeleted, .keyDestroyed, .sessionOpened, .sessionClosed,
            .nodeJoined, .nodeLost, .friendRequestWithdrawn, .friendRequestRejected, .userBlocked, .userUnblocked,
            .replayStarted, .replaySwapped, .replayRolledBack, .replayFailed, .replayDropped, .logImported,
            .logArchived, .loginRefused, .auditQueried:
            []
        }
    }

    /// The group that the push of this event shows.
    public var shownGroup: GroupID? {
        switch self {
        case .groupCreated(let event): event.group
        case .groupUpdated(let event): event.group
        case .groupDeleted(let event): event.group
        case .memberInvited(let event): event.group
        case .invitationDeclined(let event): event.group
        case .invitationWithdrawn(let event): event.group
        case .memberJoined(let event): event.group
        case .memberLeft(let event): event.group
        case .memberKicked(let event): event.group
        case .roleChanged(let event): event.group
        case .ownershipPassed(let event): event.group
        default: nil
        }
    }
}
