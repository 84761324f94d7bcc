extension StreamState {
    static func evolveGroup(_ state: StreamState?, _ event: ChatEvent) -> StreamState? {
        switch event {
        case .groupCreated(let event):
            return .group(
                GroupState(name: event.name, description: event.description, visibility: event.visibility))
        case .groupUpdated(let event):
            guard case .group(var group) = state else { return state }
            group.name = event.name
            group.description = event.description
            group.visibility = event.visibility
            return .group(group)
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
        case .memberKicked(let event): roster.members = event.members
        case .ownershipPassed(let event): roster.owner = event.to
        default: break
        }
        return .roster(roster)
    }

    /// A deleted group moves only its deleter's own standing: everybody else's is void because the group is gone.
    static func evolveMember(_ state: StreamState?, _ event: ChatEvent, of user: UserID) -> StreamState? {
        switch event {
        case .groupCreated(let event) where event.owner == user: .member(MemberState(role: .owner))
        case .memberInvited(let event) where event.user == user: evolveInvitation(state, isInvited: true)
        case .invitationDeclined(let event) where event.user == user: evolveInvitation(state, isInvited: false)
        case .invitationWithdrawn(let event) where event.user == user: evolveInvitation(state, isInvited: false)
        // Whoever let a kicked user in again has forgiven.
        case .memberJoined(let event) where event.user == user: .member(MemberState(role: .member))
        case .memberLeft(let event) where event.user == user: .member(MemberState(role: nil))
        case .memberKicked(let event) where event.user == user: .member(MemberState(role: nil, wasKicked: true))
        case .roleChanged(let event) where event.user == user: .member(MemberState(role: event.role))
        case .ownershipPassed(let event) where event.to == user: .member(MemberState(role: .owner))
        case .ownershipPassed(let event) where event.from == user: .member(MemberState(role: .admin))
        case .groupDeleted(let event) where event.by == user: .member(MemberState(role: nil))
        default: state
        }
    }

    private static func evolveInvitation(_ state: StreamState?, isInvited: Bool) -> StreamState? {
        var member = MemberState(role: nil)
        if case .member(let earlier) = state { member = earlier }
        member.isInvited = isInvited
        return .member(member)
    }
}
