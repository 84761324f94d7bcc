/// Each state by its own type; nil where the stream does not exist.
extension StateReader {
    mutating func account(_ user: UserID) throws(DecisionStop) -> AccountState? {
        guard case .account(let found) = try state(.account(user)) else { return nil }
        return found
    }

    mutating func name(_ digest: String) throws(DecisionStop) -> NameState? {
        guard case .name(let found) = try state(.name(digest: digest)) else { return nil }
        return found
    }

    mutating func devices(_ user: UserID) throws(DecisionStop) -> DevicesState {
        guard case .devices(let found) = try state(.devices(user)) else { return DevicesState() }
        return found
    }

    mutating func counts(_ user: UserID) throws(DecisionStop) -> CountsState {
        guard case .counts(let found) = try state(.counts(user)) else { return CountsState() }
        return found
    }

    mutating func contact(_ one: UserID, _ other: UserID) throws(DecisionStop) -> ContactState {
        guard case .contact(let found) = try state(.contact(one, other)) else { return ContactState() }
        return found
    }

    mutating func group(_ group: GroupID) throws(DecisionStop) -> GroupState? {
        guard case .group(let found) = try state(.group(group)) else { return nil }
        return found
    }

    mutating func roster(_ group: GroupID) throws(DecisionStop) -> RosterState? {
        guard case .roster(let found) = try state(.roster(group)) else { return nil }
        return found
    }

    mutating func member(_ group: GroupID, _ user: UserID) throws(DecisionStop) -> MemberState {
        guard case .member(let found) = try state(.member(group, user)) else { return MemberState(role: nil) }
        return found
    }

    mutating func role(_ group: GroupID, _ user: UserID) throws(DecisionStop) -> Role? {
        try member(group, user).role
    }

    mutating func message(_ message: MessageReference) throws(DecisionStop) -> MessageState {
        guard case .message(let found) = try state(.message(message)) else { return MessageState() }
        return found
    }

    mutating func reactions(
        to message: MessageReference, by user: UserID
    ) throws(DecisionStop) -> ReactionState {
        guard case .reaction(let found) = try state(.reaction(message, user)) else { return ReactionState() }
        return found
    }

    /// Up to where a user has said to have read a conversation.
    mutating func readSeq(of user: UserID, in conversation: Conversation) throws(DecisionStop) -> Int64 {
        guard case .read(let found) = try state(.read(conversation, by: user)) else { return 0 }
        return found.seq
    }

    mutating func node(_ node: NodeName) throws(DecisionStop) -> NodeState? {
        guard case .node(let found) = try state(.node(node)) else { return nil }
        return found
    }
}
