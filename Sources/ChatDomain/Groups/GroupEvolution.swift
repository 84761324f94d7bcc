extension StreamState {
    static func evolveGroup(_ state: StreamState?, _ event: ChatEvent) -> StreamState? {
        switch event {
        case .groupCreated(let event):
            return .group(
                GroupState(name: event.name, description: event.description, visibility: event.visibility))
        case .groupDeleted:
            guard case .group(var group) = state else { return state }
            group.isDeleted = true
            return .group(group)
        default: return state
        }
    }

    static func evolveRoster(_ state: StreamState?, _ event: ChatEvent) -> StreamState? {
        if case .groupCreated(let event) = event { return .roster(RosterState(members: 1, owner: event.owner)) }
        guard case .roster(var roster) = state else { return state }
        switch event {
        case .groupDeleted: roster.members = 0
        case .memberJoined(let event): roster.members = event.members
        case .memberLeft(let event): roster.members = event.members
        default: break
        }
        return .roster(roster)
    }

    /// A deleted group moves only its deleter's own standing: everybody else's is void because the group is gone.
    static func evolveMember(_ state: StreamState?, _ event: ChatEvent, of user: UserID) -> StreamState? {
        switch event {
        case .groupCreated(let event) where event.owner == user: .member(MemberState(role: .owner))
        case .memberJoined(let event) where event.user == user: .member(MemberState(role: .member))
        case .memberLeft(let event) where event.user == user: .member(MemberState(role: nil))
        case .groupDeleted(let event) where event.by == user: .member(MemberState(role: nil))
        default: state
        }
    }
}
