public import ChatDomain

// MARK: Who may do what to whom in a group

extension ChatModel {
    /// How many invitations wait for a user's answer.
    public func invitationCount(to user: UserID) -> Int {
        groups.values.count { !$0.state.isDeleted && $0.invited.contains(user) }
    }

    mutating func updateGroup(_ me: UserID, _ command: UpdateGroup) throws(Refusal) -> CommandResult {
        var group = try existing(command.group)
        let role = try role(me, group)
        if role == .member { throw .notAllowed }
        if let name = command.name { group.state.name = name }
        if let description = command.description { group.state.description = description }
        if let visibility = command.visibility { group.state.visibility = visibility }
        groups[command.group] = group
        return .group(command.group, group.state, members: group.roles.count, role: role)
    }

    mutating func invite(_ me: UserID, _ command: Invite) throws(Refusal) -> CommandResult {
        let user = command.user
        if me == user { throw .selfNotAllowed }
        var group = try existing(command.group)
        if try role(me, group) == .member {
            if group.state.visibility == .invite || group.kicked.contains(user) { throw .notAllowed }
        }
        if passwords[user] == nil { throw .noSuchUser }
        if group.roles[user] != nil { throw .alreadyMember }
        if isBlocked(me, user) { throw .forbidden }
        if group.invited.contains(user) { throw .alreadyInvited }
        if command.received >= limits.userInvitations { throw .tooMany }
        group.invited.insert(user)
        groups[command.group] = group
        return .done
    }

    mutating func kick(_ me: UserID, _ id: GroupID, _ user: UserID) throws(Refusal) -> CommandResult {
        if me == user { throw .selfNotAllowed }
        var group = try existing(id)
        let mine = try role(me, group)
        if mine == .member { throw .notAllowed }
        if let theirs = group.roles[user] {
            if mine == .admin && theirs != .member { throw .notAllowed }
            group.roles[user] = nil
            group.kicked.insert(user)
        } else if group.invited.remove(user) == nil {
            throw passwords[user] == nil ? .noSuchUser : .noSuchMember
        }
        groups[id] = group
        return .done
    }

    mutating func setRole(
        _ me: UserID, _ id: GroupID, _ user: UserID, _ role: Role
    ) throws(Refusal) -> CommandResult {
        if me == user { throw .selfNotAllowed }
        var group = try existing(id)
        if try self.role(me, group) != .owner { throw .notAllowed }
        if passwords[user] == nil { throw .noSuchUser }
        if group.roles[user] == nil { throw .noSuchMember }
        group.roles[user] = role
        if role == .owner { group.roles[me] = .admin }
        groups[id] = group
        return .done
    }

    private func role(_ me: UserID, _ group: Group) throws(Refusal) -> Role {
        guard let role = group.roles[me] else { throw .notAMember }
        return role
    }
}
