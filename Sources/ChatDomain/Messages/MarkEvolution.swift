extension StreamState {
    /// A message without a state was never marked. An edit moves only the version.
    static func evolveMessage(_ state: StreamState?, _ event: ChatEvent) -> StreamState? {
        var message = MessageState()
        if case .message(let found) = state { message = found }
        switch event {
        case .messageEdited: break
        case .messageRecalled: message = MessageState(isRecalled: true)
        case .reactionAdded(let event): message.reactions[event.emoji, default: 0] += 1
        case .reactionRemoved(let event):
            let left = message.reactions[event.emoji, default: 1] - 1
            message.reactions[event.emoji] = left > 0 ? left : nil
        default: return state
        }
        return .message(message)
    }

    static func evolveReaction(_ state: StreamState?, _ event: ChatEvent) -> StreamState? {
        var reaction = ReactionState()
        if case .reaction(let found) = state { reaction = found }
        switch event {
        case .reactionAdded(let event): reaction.emojis.append(event.emoji)
        case .reactionRemoved(let event): reaction.emojis.removeAll { $0 == event.emoji }
        default: return state
        }
        return .reaction(reaction)
    }
}
