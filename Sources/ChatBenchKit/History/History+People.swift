import ChatApplication
import ChatDomain

/// Who there is, who is there, and who is whose friend.
extension History {
    /// Of a hundred users so many have a session, about.
    private static let onlineInHundred = 30
    /// Argon2id of the password `chat-bench` at the least cost: all made users have it.
    static let passwordHash =
        "$argon2id$v=19$m=8,t=1,p=1$Ldi8jSbn8+nlmCoh7mYb7w$RNyWjkeUVh57MszwrCLhS3QEfgqF9paZdU6By3kCIxA"

    mutating func register() -> Draft {
        let index = people.count
        let name = credentials.normalized(HistoryWords.name(index))
        let person = HistoryPerson(
            id: UserID(Int64(index + 1)), name: name, digest: credentials.digest(ofName: name))
        people.append(person)
        places.append(nil)
        let event = UserRegistered(
            user: person.id, nameDigest: person.digest, name: name, passwordHash: Self.passwordHash,
            address: address())
        if room > 1 { follow(with: [open(index)]) }
        // The session that follows is not there yet.
        return Draft(event: .userRegistered(event))
    }

    /// Of a net that documentation is written with (RFC 5737).
    private mutating func address() -> String { "203.0.113.\(1 + random.below(254))" }

    /// A session begins, or ends, so that about as many as wanted are there.
    mutating func comeOrGo() -> Draft? {
        let wanted = max(2, people.count * Self.onlineInHundred / 100)
        if online.count < wanted / 2 + random.below(wanted + 1) {
            for _ in 0..<8 {
                let person = random.zipf(people.count)
                if people[person].session == nil, !people[person].isDeleted { return open(person) }
            }
        }
        return online.isEmpty ? nil : close(online[random.below(online.count)])
    }

    private mutating func open(_ index: Int) -> Draft {
        let device = HistoryWords.devices[random.zipf(HistoryWords.devices.count)]
        let token = token(of: device, index)
        let session = HistoryPerson.Session(
            id: SessionID(random.word(16)), device: device, node: random.below(Self.nodes.count))
        people[index].session = session
        places[index] = online.count
        online.append(index)
        let event = SessionOpened(
            user: people[index].id, session: session.id, device: device, node: Self.nodes[session.node],
            term: Self.term, tokenDigest: token, address: address())
        return Draft(event: .sessionOpened(event), actor: index, node: session.node)
    }

    /// The device's own, or a new one after its first login or a logout.
    private mutating func token(of device: String, _ person: Int) -> String {
        let known = people[person].tokens.firstIndex { $0.device == device }
        if let known, let digest = people[person].tokens[known].digest { return digest }
        let digest = (0..<4).map { _ in String(random.next() | 1 << 63, radix: 16) }.joined()
        if let known {
            people[person].tokens[known].digest = digest
        } else {
            people[person].tokens.append((device, digest))
        }
        return digest
    }

    private mutating func close(_ index: Int) -> Draft? {
        guard let session = people[index].session else { return nil }
        let isLogout = random.below(10) == 0
        if isLogout, let known = people[index].tokens.firstIndex(where: { $0.device == session.device }) {
            people[index].tokens[known].digest = nil
        }
        vanish(index)
        let event = SessionClosed(
            user: people[index].id, session: session.id, device: session.device,
            reason: isLogout ? .logout : .disconnected)
        return Draft(event: .sessionClosed(event), actor: index, node: session.node)
    }

    private mutating func vanish(_ index: Int) {
        people[index].session = nil
        guard let place = places[index], let last = online.last else { return }
        online[place] = last
        places[last] = place
        online.removeLast()
        places[index] = nil
    }

    mutating func changePassword() -> Draft? {
        guard let person = somebody(), let session = people[person].session else { return nil }
        for token in people[person].tokens.indices where people[person].tokens[token].device != session.device {
            people[person].tokens[token].digest = nil
        }
        let event = PasswordChanged(
            user: people[person].id, passwordHash: Self.passwordHash, session: session.id, ended: [])
        return Draft(event: .passwordChanged(event), actor: person)
    }

    /// What was left behind is taken apart right away, as the elected node does.
    mutating func deleteAccount() -> Draft? {
        guard people.count > 20 else { return nil }
        let index = people.count / 2 + random.below(people.count / 2)
        let most = 2 * people[index].talks.count + blocked.count + 1
        guard let session = people[index].session, most < room else { return nil }
        let user = people[index].id
        let event = AccountDeleted(
            user: user, nameDigest: people[index].digest,
            ended: [EndedSession(session: session.id, device: session.device)])
        vanish(index)
        people[index].isDeleted = true
        var remains: [Draft] = []
        for pair in blocked where pair.by == index || pair.user == index {
            let event = UserUnblocked(by: people[pair.by].id, user: people[pair.user].id)
            remains.append(Draft(event: .userUnblocked(event), actor: index))
        }
        blocked.removeAll { $0.by == index || $0.user == index }
        for talk in people[index].talks { remains += part(index, from: talk) }
        people[index].talks = []
        people[index].undelivered = [:]
        remains.append(Draft(event: .keyDestroyed(KeyDestroyed(user: user, purpose: .person)), actor: index))
        follow(with: remains)
        return Draft(event: .accountDeleted(event), actor: index, node: session.node)
    }

    private mutating func part(_ index: Int, from talk: Int) -> [Draft] {
        guard let group = talks[talk].group else {
            guard let other = talks[talk].members.first(where: { $0 != index }) else { return [] }
            talks[talk].isOpen = false
            people[other].talks.removeAll { $0 == talk }
            guard talks[talk].areFriends else { return [] }
            let event = FriendshipEnded(by: people[index].id, with: people[other].id)
            return [Draft(event: .friendshipEnded(event), actor: index)]
        }
        return partFromGroup(index, group)
    }
}

// MARK: - Friends

extension History {
    /// Most requests are granted at once; a few are rejected or taken back.
    mutating func befriend() -> Draft? {
        guard room > 1, online.count > 1, let one = somebody() else { return nil }
        let other = online[random.below(online.count)]
        let (from, to) = (people[one].id, people[other].id)
        guard one != other, !isKnown(.contact(from, to)) else { return nil }
        friendships += 1
        let answer = random.below(20)
        if answer == 0 {
            let event = FriendRequestRejected(from: from, to: to)
            follow(with: [Draft(event: .friendRequestRejected(event), actor: other)])
        } else if answer == 1 {
            let event = FriendRequestWithdrawn(from: from, to: to)
            follow(with: [Draft(event: .friendRequestWithdrawn(event), actor: one)])
        } else {
            follow(with: [Draft(event: .friendshipMade(FriendshipMade(from: from, to: to)), actor: other)])
            talks.append(HistoryTalk(.direct(between: from, and: to), members: [one, other]))
            people[one].talks.append(talks.count - 1)
            people[other].talks.append(talks.count - 1)
        }
        return Draft(event: .friendRequested(FriendRequested(from: from, to: to)), actor: one)
    }

    private mutating func friend(of person: Int) -> (talk: Int, other: Int)? {
        guard let talk = talk(of: person), talks[talk].group == nil, talks[talk].areFriends,
            let other = talks[talk].members.first(where: { $0 != person })
        else { return nil }
        return (talk, other)
    }

    mutating func unfriend() -> Draft? {
        guard let person = somebody(), let (talk, other) = friend(of: person) else { return nil }
        talks[talk].areFriends = false
        let event = FriendshipEnded(by: people[person].id, with: people[other].id)
        return Draft(event: .friendshipEnded(event), actor: person)
    }

    /// Blocking ends the friendship first.
    mutating func block() -> Draft? {
        guard room > 1, let person = somebody(), let (talk, other) = friend(of: person) else { return nil }
        talks[talk].isOpen = false
        talks[talk].areFriends = false
        blocked.append((person, other, talk))
        let (by, user) = (people[person].id, people[other].id)
        follow(with: [Draft(event: .userBlocked(UserBlocked(by: by, user: user)), actor: person)])
        return Draft(event: .friendshipEnded(FriendshipEnded(by: by, with: user)), actor: person)
    }

    mutating func unblock() -> Draft? {
        guard let index = blocked.indices.first(where: { people[blocked[$0].by].session != nil }) else { return nil }
        let pair = blocked.remove(at: index)
        talks[pair.talk].isOpen = true
        let event = UserUnblocked(by: people[pair.by].id, user: people[pair.user].id)
        return Draft(event: .userUnblocked(event), actor: pair.by)
    }
}
