extension Decider {
    static func readConversation(
        _ command: ReadConversation, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        let members = try participation(of: me, in: command.conversation, &reader)
        let known = try reader.readSeq(of: me, in: command.conversation)
        let seq = min(command.seq, command.last)
        guard seq > max(known, command.alreadyRead) else { return .nothing }
        let event = ConversationRead(conversation: command.conversation, user: me, seq: seq, members: members)
        return Decision(.conversationRead(event), result: .done)
    }

    /// The number of members if it is a group; refuses who does not take part, as `history` does.
    private static func participation(
        of me: UserID, in conversation: Conversation, _ reader: inout StateReader
    ) throws(DecisionStop) -> Int? {
        let read = StreamName.read(conversation, by: me)
        switch conversation {
        case .direct(let one, let other):
            try reader.prefetch([.account(me), read])
            try requireActiveActor(me, &reader)
            guard me == one || me == other else { throw .refused(.forbidden) }
            return nil
        case .group(let group):
            try reader.prefetch([.account(me), .group(group), .roster(group), .member(group, me), read])
            try requireActiveActor(me, &reader)
            guard try reader.group(group)?.isDeleted == false, try reader.role(group, me) != nil else {
                throw .refused(.notAMember)
            }
            return try reader.roster(group)?.members
        }
    }
}
