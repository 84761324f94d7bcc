public import ChatDomain

/// A message and what became of it.
struct ModelMessage: Sendable {
    var from: UserID
    var isRecalled = false
    /// Oldest first.
    var reactions: [(emoji: String, by: UserID)] = []

    var emojis: Set<String> { Set(reactions.map(\.emoji)) }
}

extension ChatModel {
    /// What a caller would find out about a message of a conversation, readable or not.
    public func target(_ conversation: Conversation, _ seq: Int64) -> MessageTarget {
        let message = message(conversation, seq)
        let said = message.map { MessageTarget.Said(from: $0.from, position: Position(seq)) }
        return MessageTarget(conversation: conversation, seq: seq, said: said)
    }

    private func message(_ conversation: Conversation, _ seq: Int64) -> ModelMessage? {
        guard let said = messages[conversation], (1...said.count).contains(Int(seq)) else { return nil }
        return said[Int(seq) - 1]
    }

    mutating func markAnswer(_ command: Command, by actor: UserID) throws(Refusal) -> CommandResult {
        switch command {
        case .editMessage(let target, _): return try edit(actor, target)
        case .recallMessage(let target): return try recall(actor, target)
        case .react(let target, let emoji, let remove): return try react(actor, target, emoji, remove: remove)
        default: return .done
        }
    }

    private mutating func edit(_ me: UserID, _ target: MessageTarget) throws(Refusal) -> CommandResult {
        if try markable(me, target, isSaying: true).message.from != me { throw .notAllowed }
        return .marked
    }

    private mutating func recall(_ me: UserID, _ target: MessageTarget) throws(Refusal) -> CommandResult {
        let (message, role) = try markable(me, target)
        if message.from != me, role != .owner, role != .admin { throw .notAllowed }
        change(target) {
            $0.isRecalled = true
            $0.reactions = []
        }
        return .marked
    }

    private mutating func react(
        _ me: UserID, _ target: MessageTarget, _ emoji: String, remove: Bool
    ) throws(Refusal) -> CommandResult {
        let message = try markable(me, target, isSaying: true).message
        let isThere = message.reactions.contains { $0.emoji == emoji && $0.by == me }
        if isThere != remove { return .marked }
        if remove {
            change(target) { $0.reactions.removeAll { $0.emoji == emoji && $0.by == me } }
            return .marked
        }
        if !message.emojis.contains(emoji), message.emojis.count >= 20 { throw .tooMany }
        change(target) { $0.reactions.append((emoji, me)) }
        return .marked
    }

    private mutating func change(_ target: MessageTarget, _ body: (inout ModelMessage) -> Void) {
        guard var said = messages[target.conversation] else { return }
        body(&said[Int(target.seq) - 1])
        messages[target.conversation] = said
    }

    private func markable(
        _ me: UserID, _ target: MessageTarget, isSaying: Bool = false
    ) throws(Refusal) -> (message: ModelMessage, role: Role?) {
        var role: Role?
        switch target.conversation {
        case .direct(let one, let other):
            if me != one, me != other { throw .forbidden }
            if isSaying, isBlocked(me, me == one ? other : one) { throw .forbidden }
        case .group(let id):
            role = groups[id].flatMap { $0.state.isDeleted ? nil : $0.roles[me] }
            if role == nil { throw .notAMember }
        }
        guard let message = message(target.conversation, target.seq), !message.isRecalled else {
            throw .noSuchMessage
        }
        return (message, role)
    }
}
