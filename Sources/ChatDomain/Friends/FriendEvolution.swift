extension StreamState {
    static func evolveContact(_ state: StreamState?, _ event: ChatEvent) -> StreamState? {
        var contact = ContactState()
        if case .contact(let earlier) = state { contact = earlier }
        switch event {
        case .friendRequested(let event): contact.relation = .requested(by: event.from)
        case .friendshipMade: contact.relation = .friends
        case .friendRequestWithdrawn, .friendRequestRejected, .friendshipEnded: contact.relation = .none
        case .userBlocked(let event): contact.blockers.insert(event.by)
        case .userUnblocked(let event): contact.blockers.remove(event.by)
        default: return state
        }
        return .contact(contact)
    }

    static func evolveCounts(_ state: StreamState?, _ event: ChatEvent, of user: UserID) -> StreamState? {
        var counts = CountsState()
        if case .counts(let earlier) = state { counts = earlier }
        switch event {
        case .friendRequested(let event): counts.countRequest(1, from: event.from, to: event.to, of: user)
        case .friendRequestWithdrawn(let event): counts.countRequest(-1, from: event.from, to: event.to, of: user)
        case .friendRequestRejected(let event): counts.countRequest(-1, from: event.from, to: event.to, of: user)
        case .friendshipMade(let event):
            counts.countRequest(-1, from: event.from, to: event.to, of: user)
            counts.friends += 1
        case .friendshipEnded: counts.friends -= 1
        default: return state
        }
        return .counts(counts)
    }
}

extension CountsState {
    fileprivate mutating func countRequest(_ change: Int, from: UserID, to: UserID, of user: UserID) {
        if user == from { requestsSent += change }
        if user == to { requestsReceived += change }
    }
}
