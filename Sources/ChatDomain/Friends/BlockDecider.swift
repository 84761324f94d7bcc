extension Decider {
    /// Ends whatever is between the two first. Nobody is told of the block, but both of the end of a friendship.
    static func block(
        _ other: UserID, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        try prefetch(me, other, &reader)
        let contact = try reader.contact(me, other)
        guard !contact.isBlocked(by: me) else { return .nothing }
        let blocked = ChatEvent.userBlocked(UserBlocked(by: me, user: other))
        guard let end = end(of: contact.relation, between: me, and: other) else {
            return Decision(blocked, result: .done)
        }
        try readCounts(me, other, &reader)
        return Decision([end, blocked], result: .done)
    }

    static func unblock(
        _ other: UserID, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        try prefetch(me, other, &reader)
        guard try reader.contact(me, other).isBlocked(by: me) else { return .nothing }
        return Decision(.userUnblocked(UserUnblocked(by: me, user: other)), result: .done)
    }

    private static func end(
        of relation: ContactState.Relation, between me: UserID, and other: UserID
    ) -> ChatEvent? {
        switch relation {
        case .none: nil
        case .friends: .friendshipEnded(FriendshipEnded(by: me, with: other))
        case .requested(by: me): .friendRequestWithdrawn(FriendRequestWithdrawn(from: me, to: other))
        case .requested: .friendRequestRejected(FriendRequestRejected(from: other, to: me))
        }
    }

    private static func prefetch(_ me: UserID, _ other: UserID, _ reader: inout StateReader) throws(DecisionStop) {
        try reader.prefetch([.account(me), .account(other), .contact(me, other), .counts(me), .counts(other)])
        try requireActiveActor(me, &reader)
        guard me != other else { throw .refused(.selfNotAllowed) }
        try requireUser(other, &reader)
    }
}
