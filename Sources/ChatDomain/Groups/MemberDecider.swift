extension Decider {
    static func invite(
        _ command: Invite, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let (group, user) = (command.group, command.user)
        let me = try actor(context)
        try reader.prefetch([
            .account(me), .account(user), .group(group), .member(group, me), .member(group, user), .contact(me, user),
        ])
        try requireActiveActor(me, &reader)
        guard me != user else { throw .refused(.selfNotAllowed) }
        let settings = try existing(group, &reader)
        guard let role = try reader.role(group, me) else { throw .refused(.notAMember) }
        let standing = try reader.member(group, user)
        let mayMember = settings.visibility == .open && !standing.wasKicked
        guard role != .member || mayMember else { throw .refused(.notAllowed) }
        try requireUser(user, &reader)
        guard standing.role == nil else { throw .refused(.alreadyMember) }
        try requireNotBlocked(me, by: user, &reader)
        guard !standing.isInvited else { throw .refused(.alreadyInvited) }
        let limit = context.limits.userInvitations
        guard command.received < limit, command.sent < limit else { throw .refused(.tooMany) }
        return Decision(.memberInvited(MemberInvited(group: group, user: user, by: me)), result: .done)
    }

    /// Puts a member out, or takes an invitation back.
    static func kick(
        _ user: UserID, from group: GroupID, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        let mine = try role(of: me, over: user, in: group, &reader)
        guard mine != .member else { throw .refused(.notAllowed) }
        let standing = try reader.member(group, user)
        guard let theirs = standing.role else {
            guard standing.isInvited else {
                try requireUser(user, &reader)
                throw .refused(.noSuchMember)
            }
            return Decision(
                .invitationWithdrawn(InvitationWithdrawn(group: group, user: user, by: me)), result: .done)
        }
        guard mine == .owner || theirs == .member else { throw .refused(.notAllowed) }
        let members = try reader.roster(group)?.members ?? 0
        let event = MemberKicked(group: group, user: user, by: me, members: members - 1)
        return Decision(.memberKicked(event), result: .done)
    }

    static func setRole(
        _ role: Role, of user: UserID, in group: GroupID, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        guard try self.role(of: me, over: user, in: group, &reader) == .owner else { throw .refused(.notAllowed) }
        try requireUser(user, &reader)
        guard let present = try reader.role(group, user) else { throw .refused(.noSuchMember) }
        guard present != role else { return .nothing }
        // The roster is where such an event lives.
        _ = try reader.roster(group)
        let event: ChatEvent =
            role == .owner
            ? .ownershipPassed(OwnershipPassed(group: group, from: me, to: user))
            : .roleChanged(RoleChanged(group: group, user: user, by: me, role: role))
        return Decision(event, result: .done)
    }

    /// The actor's own role, once it is sure that the group exists and that the other one is somebody else.
    private static func role(
        of me: UserID, over user: UserID, in group: GroupID, _ reader: inout StateReader
    ) throws(DecisionStop) -> Role {
        try reader.prefetch([
            .account(me), .account(user), .group(group), .roster(group), .member(group, me), .member(group, user),
        ])
        try requireActiveActor(me, &reader)
        guard me != user else { throw .refused(.selfNotAllowed) }
        _ = try existing(group, &reader)
        guard let role = try reader.role(group, me) else { throw .refused(.notAMember) }
        return role
    }
}
