extension Decider {
    static func addFriend(
        _ other: UserID, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        switch try relation(of: me, to: other, &reader) {
        case .friends: throw .refused(.alreadyFriends)
        case .requested(by: me): throw .refused(.alreadyRequested)
        case .requested: return try befriend(asked: other, agreed: me, context.limits, &reader)
        case .none:
            try requireNoBlock(between: me, and: other, &reader)
            return try request(from: me, to: other, context.limits, &reader)
        }
    }

    static func acceptFriend(
        _ other: UserID, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        switch try relation(of: me, to: other, &reader) {
        case .friends: throw .refused(.alreadyFriends)
        case .requested(by: other): return try befriend(asked: other, agreed: me, context.limits, &reader)
        case .requested, .none: throw .refused(.noSuchRequest)
        }
    }

    static func rejectFriend(
        _ other: UserID, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        guard try relation(of: me, to: other, &reader) == .requested(by: other) else {
            throw .refused(.noSuchRequest)
        }
        try readCounts(me, other, &reader)
        return Decision(
            .friendRequestRejected(FriendRequestRejected(from: other, to: me)), result: .friendState(.none))
    }

    static func removeFriend(
        _ other: UserID, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        switch try relation(of: me, to: other, &reader) {
        case .friends:
            try readCounts(me, other, &reader)
            return Decision(.friendshipEnded(FriendshipEnded(by: me, with: other)), result: .done)
        case .requested(by: me):
            try readCounts(me, other, &reader)
            return Decision(.friendRequestWithdrawn(FriendRequestWithdrawn(from: me, to: other)), result: .done)
        case .requested, .none: return .nothing
        }
    }

    /// What the two are to each other, once it is sure that both exist and are not the same.
    private static func relation(
        of me: UserID, to other: UserID, _ reader: inout StateReader
    ) throws(DecisionStop) -> ContactState.Relation {
        try reader.prefetch([
            .account(me), .account(other), .contact(me, other), .counts(me), .counts(other),
        ])
        try requireActiveActor(me, &reader)
        guard me != other else { throw .refused(.selfNotAllowed) }
        try requireUser(other, &reader)
        return try reader.contact(me, other).relation
    }

    private static func request(
        from me: UserID, to other: UserID, _ limits: DomainLimits, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        guard try reader.counts(me).requestsSent < limits.userRequests,
            try reader.counts(other).requestsReceived < limits.userRequests
        else { throw .refused(.tooMany) }
        return Decision(.friendRequested(FriendRequested(from: me, to: other)), result: .friendState(.requested))
    }

    private static func befriend(
        asked other: UserID, agreed me: UserID, _ limits: DomainLimits, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        guard try reader.counts(me).friends < limits.userFriends,
            try reader.counts(other).friends < limits.userFriends
        else { throw .refused(.tooMany) }
        return Decision(.friendshipMade(FriendshipMade(from: other, to: me)), result: .friendState(.friends))
    }

    /// The counts set no limit here, but the event changes them.
    static func readCounts(
        _ one: UserID, _ other: UserID, _ reader: inout StateReader
    ) throws(DecisionStop) {
        _ = try reader.counts(one)
        _ = try reader.counts(other)
    }
}
