extension Decider {
    static func sendMessage(
        _ command: SendMessage, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        let conversation =
            switch command.target {
            case .user(let other): try conversation(of: me, with: other, &reader)
            case .group(let group): try conversation(of: me, in: group, &reader)
            }
        guard command.canReadReplied else { throw .refused(.noSuchMessage) }
        let event = MessageSent(
            conversation: conversation, from: me, text: command.text, replyTo: command.replyTo)
        return Decision(.messageSent(event), result: .sent(conversation))
    }

    private static func conversation(
        of me: UserID, with other: UserID, _ reader: inout StateReader
    ) throws(DecisionStop) -> Conversation {
        try reader.prefetch([.account(me), .account(other), .contact(me, other)])
        try requireActiveActor(me, &reader)
        guard me != other else { throw .refused(.selfNotAllowed) }
        try requireUser(other, &reader)
        try requireNoBlock(between: me, and: other, &reader)
        return .direct(between: me, and: other)
    }

    private static func conversation(
        of me: UserID, in group: GroupID, _ reader: inout StateReader
    ) throws(DecisionStop) -> Conversation {
        try reader.prefetch([.account(me), .group(group), .member(group, me)])
        try requireActiveActor(me, &reader)
        _ = try existing(group, &reader)
        guard try reader.role(group, me) != nil else { throw .refused(.notAMember) }
        return .group(group)
    }
}
