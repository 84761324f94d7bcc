extension Decider {
    static func createGroup(
        _ command: CreateGroup, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        try prefetch(command.group, me, &reader)
        try requireActiveActor(me, &reader)
        guard command.groups < context.limits.userGroups else { throw .refused(.tooMany) }
        // A number is given out once; should it be taken all the same, a later try has another one.
        guard try reader.group(command.group) == nil, try reader.roster(command.group) == nil,
            try reader.role(command.group, me) == nil
        else { throw .refused(.unavailable) }
        let event = GroupCreated(
            group: command.group, owner: me, name: command.name, description: command.description,
            visibility: command.visibility)
        let state = GroupState(
            name: command.name, description: command.description, visibility: command.visibility)
        return Decision(
            .groupCreated(event), result: .group(command.group, state, members: 1, role: .owner))
    }

    static func joinGroup(
        _ group: GroupID, groups: Int, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        try prefetch(group, me, &reader)
        try requireActiveActor(me, &reader)
        let state = try existing(group, &reader)
        let standing = try reader.member(group, me)
        guard standing.role == nil else { throw .refused(.alreadyMember) }
        let isOpen = state.visibility == .open && !standing.wasKicked
        guard isOpen || standing.isInvited else { throw .refused(.forbidden) }
        let members = try members(group, &reader)
        guard members < context.limits.groupMembers else { throw .refused(.groupFull) }
        guard groups < context.limits.userGroups else { throw .refused(.tooMany) }
        return Decision(
            .memberJoined(MemberJoined(group: group, user: me, members: members + 1)),
            result: .group(group, state, members: members + 1, role: .member))
    }

    static func leaveGroup(
        _ group: GroupID, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        try prefetch(group, me, &reader)
        try requireActiveActor(me, &reader)
        _ = try existing(group, &reader)
        let standing = try reader.member(group, me)
        guard let role = standing.role else {
            guard standing.isInvited else { throw .refused(.notAMember) }
            return Decision(.invitationDeclined(InvitationDeclined(group: group, user: me)), result: .done)
        }
        let members = try members(group, &reader)
        guard role == .owner else {
            return Decision(
                .memberLeft(MemberLeft(group: group, user: me, members: members - 1)), result: .done)
        }
        guard members == 1 else { throw .refused(.ownerMustPassOn) }
        return Decision(.groupDeleted(GroupDeleted(group: group, by: me, members: members)), result: .done)
    }

    static func updateGroup(
        _ command: UpdateGroup, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let group = command.group
        let me = try actor(context)
        try prefetch(group, me, &reader)
        try requireActiveActor(me, &reader)
        let before = try existing(group, &reader)
        guard let role = try reader.role(group, me) else { throw .refused(.notAMember) }
        guard role != .member else { throw .refused(.notAllowed) }
        let after = GroupState(
            name: command.name ?? before.name, description: command.description ?? before.description,
            visibility: command.visibility ?? before.visibility)
        let result = CommandResult.group(group, after, members: try members(group, &reader), role: role)
        guard after != before else { return Decision(events: [], result: result) }
        let event = GroupUpdated(
            group: group, by: me, name: after.name, description: after.description, visibility: after.visibility)
        return Decision(.groupUpdated(event), result: result)
    }

    static func deleteGroup(
        _ group: GroupID, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        try prefetch(group, me, &reader)
        try requireActiveActor(me, &reader)
        _ = try existing(group, &reader)
        guard let role = try reader.role(group, me) else { throw .refused(.notAMember) }
        guard role == .owner else { throw .refused(.notAllowed) }
        let members = try members(group, &reader)
        return Decision(.groupDeleted(GroupDeleted(group: group, by: me, members: members)), result: .done)
    }

    private static func prefetch(
        _ group: GroupID, _ user: UserID, _ reader: inout StateReader
    ) throws(DecisionStop) {
        try reader.prefetch([.account(user), .group(group), .roster(group), .member(group, user)])
    }

    static func existing(_ group: GroupID, _ reader: inout StateReader) throws(DecisionStop) -> GroupState {
        guard let state = try reader.group(group), !state.isDeleted else { throw .refused(.noSuchGroup) }
        return state
    }

    private static func members(_ group: GroupID, _ reader: inout StateReader) throws(DecisionStop) -> Int {
        try reader.roster(group)?.members ?? 0
    }
}
