extension StreamState {
    static func evolveContact(_ state: StreamState?, _ event: ChatEvent) -> StreamState? {
        switch event {
        case .friendRequested(let event): .contact(ContactState(relation: .requested(by: event.from)))
        case .friendshipMade: .contact(ContactState(relation: .friends))
        case .friendRequestWithdrawn, .friendRequestRejected, .friendshipEnded:
            .contact(ContactState(relation: .none))
        default: state
        }
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
