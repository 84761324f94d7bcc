/// What a deleted account left behind is taken apart step by step; each step looks whether it is still to be done.
extension Decider {
    /// What the two are to each other ends: friendship, request and blocking.
    static func removeContact(
        of user: UserID, with other: UserID, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        try reader.prefetch([.account(user), .contact(user, other), .counts(user), .counts(other)])
        guard try isDeleted(user, &reader) else { return .nothing }
        let contact = try reader.contact(user, other)
        _ = try (reader.counts(user), reader.counts(other))
        var events: [ChatEvent] = []
        switch contact.relation {
        case .friends: events.append(.friendshipEnded(FriendshipEnded(by: user, with: other)))
        case .requested(by: user):
            events.append(.friendRequestWithdrawn(FriendRequestWithdrawn(from: user, to: other)))
        case .requested: events.append(.friendRequestRejected(FriendRequestRejected(from: other, to: user)))
        case .none: break
        }
        for blocker in contact.blockers.sorted() {
            events.append(.userUnblocked(UserUnblocked(by: blocker, user: blocker == user ? other : user)))
        }
        return Decision(placing: events)
    }

    /// The user leaves the group, or declines to join it. An owned group passes to the heir; one without other members
    /// is deleted.
    static func removeMember(
        _ user: UserID, of group: GroupID, heir: UserID?, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        var wanted: [StreamName] = [.account(user), .group(group), .roster(group), .member(group, user)]
        if let heir { wanted += [.account(heir), .member(group, heir)] }
        try reader.prefetch(wanted)
        guard try isDeleted(user, &reader), let state = try reader.group(group), !state.isDeleted else {
            return .nothing
        }
        let standing = try reader.member(group, user)
        guard let role = standing.role else {
            let declined = ChatEvent.invitationDeclined(InvitationDeclined(group: group, user: user))
            return Decision(placing: standing.isInvited ? [declined] : [])
        }
        let members = try reader.roster(group)?.members ?? 0
        let left = ChatEvent.memberLeft(MemberLeft(group: group, user: user, members: members - 1))
        guard role == .owner else { return Decision(placing: [left]) }
        guard members > 1 else {
            return Decision(placing: [.groupDeleted(GroupDeleted(group: group, by: user, members: members))])
        }
        // Who was chosen may have left meanwhile: then somebody else is.
        guard let heir, heir != user, try reader.account(heir)?.isActive == true,
            try reader.role(group, heir) != nil
        else { throw .refused(.ownerMustPassOn) }
        return Decision(placing: [.ownershipPassed(OwnershipPassed(group: group, from: user, to: heir)), left])
    }

    /// Nothing is left of the account, and the key of what was personal is destroyed.
    static func confirmRemoval(_ user: UserID, _ reader: inout StateReader) throws(DecisionStop) -> Decision {
        guard try isDeleted(user, &reader), try reader.account(user)?.isErased == false else { return .nothing }
        return Decision(placing: [.keyDestroyed(KeyDestroyed(user: user, purpose: .person))])
    }

    /// The account is deleted as by its user, whatever its password; nothing if it is already.
    static func eraseAccount(
        _ user: UserID, _ nameDigest: String, _ order: ErasureOrder, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        try reader.prefetch([.account(user), .name(digest: nameDigest), .devices(user)])
        guard let account = try reader.account(user) else { throw .refused(.noSuchUser) }
        guard account.isActive else { return .nothing }
        guard try reader.name(nameDigest)?.owner == user else { throw .refused(.unavailable) }
        let deleted = AccountDeleted(
            user: user, nameDigest: nameDigest, ended: try reader.devices(user).open(but: nil), order: order)
        return Decision(placing: [.accountDeleted(deleted)])
    }

    /// A user who is still there goes on writing under new keys: so the account is deleted first.
    static func destroyTexts(
        of user: UserID?, _ quarters: [String], _ order: ErasureOrder, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        if let user {
            guard let account = try reader.account(user) else { throw .refused(.noSuchUser) }
            guard !account.isActive else { throw .refused(.notAllowed) }
        }
        guard !quarters.isEmpty else { return .nothing }
        let destroyed = KeyDestroyed(user: user, purpose: .texts, quarters: quarters, order: order)
        return Decision(placing: [.keyDestroyed(destroyed)])
    }

    private static func isDeleted(_ user: UserID, _ reader: inout StateReader) throws(DecisionStop) -> Bool {
        try reader.account(user)?.isActive == false
    }
}

extension Decision {
    /// Events, each in its own place, and nothing to tell.
    fileprivate init(placing events: [ChatEvent]) {
        let placed = events.map { event in
            guard let place = event.place else { preconditionFailure("\(event.type.rawValue) is never decided") }
            return NewEvent(event, in: place.stream, touching: place.touched)
        }
        self.init(events: placed, result: .done)
    }
}
