import ChatDomain

/// Groups and who is in them.
extension History {
    /// Groups of more members are not deleted.
    private static let largestDeleted = 20

    mutating func found() -> Draft? {
        guard let owner = somebody() else { return nil }
        let index = groups.count
        let id = GroupID(Int64(index + 1))
        let group = HistoryGroup(
            id: id, name: HistoryWords.groupName(index), visibility: random.below(5) == 0 ? .invite : .open,
            talk: talks.count, owner: owner)
        groups.append(group)
        people[owner].talks.append(talks.count)
        talks.append(HistoryTalk(.group(id), members: [owner], group: index))
        let event = GroupCreated(
            group: id, owner: people[owner].id, name: group.name, description: "", visibility: group.visibility)
        return Draft(event: .groupCreated(event), actor: owner)
    }

    mutating func join() -> Draft? {
        guard !groups.isEmpty, room > 1, let person = somebody() else { return nil }
        let index = random.zipf(groups.count)
        let (group, talk) = (groups[index], groups[index].talk)
        guard !group.isDeleted, !talks[talk].members.contains(person) else { return nil }
        let user = people[person].id
        let joined = Draft(
            event: .memberJoined(
                MemberJoined(group: group.id, user: user, members: talks[talk].members.count + 1)),
            actor: person)
        if group.visibility == .open, !group.kicked.contains(person) {
            enter(person, index)
            return joined
        }
        let invited = MemberInvited(group: group.id, user: user, by: people[group.owner].id)
        if random.below(10) == 0 {
            let event = InvitationDeclined(group: group.id, user: user)
            follow(with: [Draft(event: .invitationDeclined(event), actor: person)])
        } else {
            enter(person, index)
            follow(with: [joined])
        }
        return Draft(event: .memberInvited(invited), actor: group.owner)
    }

    private mutating func enter(_ person: Int, _ group: Int) {
        memberships += 1
        let talk = groups[group].talk
        talks[talk].members.append(person)
        people[person].talks.append(talk)
        groups[group].kicked.removeAll { $0 == person }
    }

    private mutating func exit(_ person: Int, _ group: Int) {
        let talk = groups[group].talk
        talks[talk].members.removeAll { $0 == person }
        people[person].talks.removeAll { $0 == talk }
        groups[group].admins.removeAll { $0 == person }
    }

    mutating func leave() -> Draft? {
        guard let person = somebody(), let talk = talk(of: person), let group = talks[talk].group,
            groups[group].owner != person
        else { return nil }
        return leave(person, group)
    }

    private mutating func leave(_ person: Int, _ group: Int) -> Draft {
        exit(person, group)
        let event = MemberLeft(
            group: groups[group].id, user: people[person].id, members: talks[groups[group].talk].members.count)
        return Draft(event: .memberLeft(event), actor: person)
    }

    /// A deleted user goes: what is owned passes to the admin, else the member, of longest standing.
    mutating func partFromGroup(_ person: Int, _ group: Int) -> [Draft] {
        guard groups[group].owner == person else { return [leave(person, group)] }
        let others = talks[groups[group].talk].members.filter { $0 != person }
        guard let heir = others.first(where: { groups[group].admins.contains($0) }) ?? others.first else {
            return [delete(group, by: person)]
        }
        let passed = pass(group, to: heir)
        return [passed, leave(person, group)]
    }

    private mutating func pass(_ group: Int, to heir: Int) -> Draft {
        let former = groups[group].owner
        groups[group].owner = heir
        groups[group].admins.removeAll { $0 == heir }
        groups[group].admins.append(former)
        let event = OwnershipPassed(group: groups[group].id, from: people[former].id, to: people[heir].id)
        return Draft(event: .ownershipPassed(event), actor: former)
    }

    private mutating func delete(_ group: Int, by owner: Int) -> Draft {
        let talk = groups[group].talk
        let members = talks[talk].members
        groups[group].isDeleted = true
        talks[talk].isOpen = false
        for member in members { people[member].talks.removeAll { $0 == talk } }
        let event = GroupDeleted(group: groups[group].id, by: people[owner].id, members: members.count)
        return Draft(event: .groupDeleted(event), actor: owner)
    }
}

// MARK: - What owners do

extension History {
    /// A group whose owner is there.
    private mutating func owned() -> Int? {
        guard !groups.isEmpty else { return nil }
        let group = random.zipf(groups.count)
        return !groups[group].isDeleted && people[groups[group].owner].session != nil ? group : nil
    }

    /// A group whose owner is there, and another member.
    private mutating func ownedWithMember() -> (group: Int, member: Int)? {
        guard let group = owned() else { return nil }
        let members = talks[groups[group].talk].members
        let member = members[random.below(members.count)]
        return member == groups[group].owner ? nil : (group, member)
    }

    mutating func kick() -> Draft? {
        guard let (group, member) = ownedWithMember() else { return nil }
        exit(member, group)
        groups[group].kicked.append(member)
        let event = MemberKicked(
            group: groups[group].id, user: people[member].id, by: people[groups[group].owner].id,
            members: talks[groups[group].talk].members.count)
        return Draft(event: .memberKicked(event), actor: groups[group].owner)
    }

    mutating func changeRole() -> Draft? {
        guard let (group, member) = ownedWithMember() else { return nil }
        let isAdmin = groups[group].admins.contains(member)
        if isAdmin { groups[group].admins.removeAll { $0 == member } } else { groups[group].admins.append(member) }
        let event = RoleChanged(
            group: groups[group].id, user: people[member].id, by: people[groups[group].owner].id,
            role: isAdmin ? .member : .admin)
        return Draft(event: .roleChanged(event), actor: groups[group].owner)
    }

    mutating func updateGroup() -> Draft? {
        guard let group = owned() else { return nil }
        let event = GroupUpdated(
            group: groups[group].id, by: people[groups[group].owner].id, name: groups[group].name,
            description: words.text(40, &random), visibility: groups[group].visibility)
        return Draft(event: .groupUpdated(event), actor: groups[group].owner)
    }

    mutating func passOwnership() -> Draft? {
        guard let (group, member) = ownedWithMember() else { return nil }
        return pass(group, to: member)
    }

    mutating func deleteGroup() -> Draft? {
        guard let group = owned(), talks[groups[group].talk].members.count <= Self.largestDeleted else { return nil }
        return delete(group, by: groups[group].owner)
    }
}
