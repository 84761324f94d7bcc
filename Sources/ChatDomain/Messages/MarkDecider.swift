extension Decider {
    static func editMessage(
        _ target: MessageTarget, text: String, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        try prefetch(target, me, &reader)
        let found = try markable(target, by: me, isSaying: true, &reader)
        guard found.said.from == me else { throw .refused(.notAllowed) }
        let event = MessageEdited(message: target.reference, by: me, text: text)
        return Decision(.messageEdited(event), result: .marked)
    }

    static func recallMessage(
        _ target: MessageTarget, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        try prefetch(target, me, &reader)
        let found = try markable(target, by: me, &reader)
        let mayModerate = found.role == .owner || found.role == .admin
        guard found.said.from == me || mayModerate else { throw .refused(.notAllowed) }
        return Decision(.messageRecalled(MessageRecalled(message: target.reference, by: me)), result: .marked)
    }

    static func react(
        _ target: MessageTarget, emoji: String, remove: Bool, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        let message = target.reference
        try prefetch(target, me, also: [.reaction(message, me)], &reader)
        let found = try markable(target, by: me, isSaying: true, &reader)
        let mine = try reader.reactions(to: message, by: me).emojis
        guard mine.contains(emoji) == remove else { return Decision(events: [], result: .marked) }
        let present = found.state.reactions
        // Strings of different scalars can be equal: the spelling of whoever was first is everybody's.
        let emoji = present.keys.first { $0 == emoji } ?? emoji
        if remove {
            let event = ReactionRemoved(message: message, by: me, emoji: emoji)
            return Decision(.reactionRemoved(event), result: .marked)
        }
        let isFull = present.count >= MessageState.maximumEmojis
        guard present[emoji] != nil || !isFull else { throw .refused(.tooMany) }
        return Decision(.reactionAdded(ReactionAdded(message: message, by: me, emoji: emoji)), result: .marked)
    }

    private static func prefetch(
        _ target: MessageTarget, _ me: UserID, also further: [StreamName] = [], _ reader: inout StateReader
    ) throws(DecisionStop) {
        var streams = [StreamName.account(me), .message(target.reference)] + further
        switch target.conversation {
        case .direct(let one, let other): streams.append(.contact(one, other))
        case .group(let group): streams += [.group(group), .member(group, me)]
        }
        try reader.prefetch(streams)
    }

    /// The message's standing, once it is certain that the caller takes part, and that there is something to mark.
    /// What says something, unlike a recall, nobody does to whoever blocks one.
    private static func markable(
        _ target: MessageTarget, by me: UserID, isSaying: Bool = false, _ reader: inout StateReader
    ) throws(DecisionStop) -> (said: MessageTarget.Said, state: MessageState, role: Role?) {
        try requireActiveActor(me, &reader)
        let role = try participation(of: me, in: target.conversation, &reader)
        if isSaying { try requireUnblocked(me, in: target.conversation, &reader) }
        guard let said = target.said else { throw .refused(.noSuchMessage) }
        let state = try reader.message(target.reference)
        guard !state.isRecalled else { throw .refused(.noSuchMessage) }
        return (said, state, role)
    }

    /// The role in a group, nil between two; whoever takes no part is refused as `history` refuses.
    private static func participation(
        of me: UserID, in conversation: Conversation, _ reader: inout StateReader
    ) throws(DecisionStop) -> Role? {
        switch conversation {
        case .direct(let one, let other):
            guard me == one || me == other else { throw .refused(.forbidden) }
            return nil
        case .group(let group):
            guard let state = try reader.group(group), !state.isDeleted, let role = try reader.role(group, me) else {
                throw .refused(.notAMember)
            }
            return role
        }
    }

    private static func requireUnblocked(
        _ me: UserID, in conversation: Conversation, _ reader: inout StateReader
    ) throws(DecisionStop) {
        guard case .direct(let one, let other) = conversation else { return }
        let contact = try reader.contact(one, other)
        guard !contact.isBlocked(by: me == one ? other : one) else { throw .refused(.forbidden) }
    }
}
