import ChatDomain

extension PayloadReader {
    /// An event about somebody's standing in a group.
    func membership() throws(EventCodecError) -> ChatEvent {
        let group = try group("group")
        if type == .ownershipPassed {
            return .ownershipPassed(OwnershipPassed(group: group, from: try user("from"), to: try user("to")))
        }
        let user = try user("user")
        switch type {
        case .memberInvited: return .memberInvited(MemberInvited(group: group, user: user, by: try self.user("by")))
        case .invitationDeclined: return .invitationDeclined(InvitationDeclined(group: group, user: user))
        case .invitationWithdrawn:
            return .invitationWithdrawn(InvitationWithdrawn(group: group, user: user, by: try self.user("by")))
        case .memberJoined:
            return .memberJoined(MemberJoined(group: group, user: user, members: try members("members")))
        case .memberLeft: return .memberLeft(MemberLeft(group: group, user: user, members: try members("members")))
        case .memberKicked:
            let by = try self.user("by")
            return .memberKicked(MemberKicked(group: group, user: user, by: by, members: try members("members")))
        case .roleChanged:
            let by = try self.user("by")
            return .roleChanged(RoleChanged(group: group, user: user, by: by, role: try word("role")))
        default: throw .unknownType(type.rawValue)
        }
    }
}
