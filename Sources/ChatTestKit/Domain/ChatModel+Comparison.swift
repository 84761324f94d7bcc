import ChatDomain

extension ChatModel {
    /// Where the states of a log and these facts differ, one line each; none if they say the same.
    public func differences(from scenario: Scenario) -> [String] {
        accountDifferences(scenario) + contactDifferences(scenario) + groupDifferences(scenario)
            + messageDifferences(scenario) + readDifferences(scenario)
            + passwords.keys.sorted().flatMap { sessionDifferences(scenario, $0) }
    }

    private func accountDifferences(_ scenario: Scenario) -> [String] {
        names.flatMap { digest, user in
            line("name:\(digest)", .name(NameState(owner: user)), scenario.state(.name(digest: digest)))
        }
    }

    private func contactDifferences(_ scenario: Scenario) -> [String] {
        let users = passwords.keys.sorted()
        return users.flatMap { one in
            let counts = CountsState(
                friends: friendCount(of: one), requestsReceived: requests.count { $0.to == one },
                requestsSent: requests.count { $0.from == one })
            let others = users.filter { one < $0 }.flatMap { other in
                line("contact \(one) \(other)", contact(one, other), scenario.contact(one, other))
            }
            return others + line("counts \(one)", counts, scenario.counts(one))
        }
    }

    private func contact(_ one: UserID, _ other: UserID) -> ContactState {
        let pairs = [Pair(one, other), Pair(other, one)]
        return ContactState(
            relation: relation(one, other), blockers: Set(blocks.filter { pairs.contains($0) }.map(\.from)))
    }

    private func member(_ group: Group, _ user: UserID) -> MemberState {
        MemberState(
            role: group.roles[user], isInvited: group.invited.contains(user), wasKicked: group.kicked.contains(user))
    }

    private func relation(_ one: UserID, _ other: UserID) -> ContactState.Relation {
        if friendships.contains(Pair(one, other)) { return .friends }
        if requests.contains(Pair(one, other)) { return .requested(by: one) }
        return requests.contains(Pair(other, one)) ? .requested(by: other) : .none
    }

    private func groupDifferences(_ scenario: Scenario) -> [String] {
        groups.sorted { $0.key < $1.key }.flatMap { id, group in
            let members = passwords.keys.sorted().flatMap { user in
                group.state.isDeleted
                    ? [] : line("member \(id) \(user)", member(group, user), scenario.member(id, user))
            }
            return members + line("group \(id)", .group(group.state), scenario.state(.group(id)))
                + line("roster \(id)", roster(group), scenario.roster(id))
        }
    }

    private func roster(_ group: Group) -> [UserID?] {
        group.state.isDeleted ? [] : group.roles.map { _ in group.roles.first { $0.value == .owner }?.key }
    }

    private func readDifferences(_ scenario: Scenario) -> [String] {
        reads.flatMap { line("\($0.key)", .read(ReadState(seq: $0.value)), scenario.state($0.key)) }
    }

    private func messageDifferences(_ scenario: Scenario) -> [String] {
        messages.flatMap { conversation, said in
            line("messages \(conversation)", Int64(said.count), scenario.version(.messages(conversation)))
                + said.enumerated().flatMap { index, message in
                    markDifferences(scenario, conversation, Int64(index + 1), message)
                }
        }
    }

    private func markDifferences(
        _ scenario: Scenario, _ conversation: Conversation, _ seq: Int64, _ message: ModelMessage
    ) -> [String] {
        let reference = MessageReference(conversation: conversation, seq: seq, position: Position(seq))
        guard let state = scenario.state(.message(reference)) else {
            return line("marks of \(conversation) \(seq)", 0, message.reactions.count)
        }
        let counts = Dictionary(grouping: message.reactions) { $0.emoji }.mapValues(\.count)
        return line(
            "marks of \(conversation) \(seq)",
            .message(MessageState(isRecalled: message.isRecalled, reactions: counts)), state)
    }

    private func sessionDifferences(_ scenario: Scenario, _ user: UserID) -> [String] {
        var entries: [DevicesState.Entry] = []
        if case .devices(let state) = scenario.state(.devices(user)) { entries = state.entries }
        let open = Set(sessions.open.filter { $0.value.user == user }.keys)
        var tokens: [String: String?] = [:]
        for entry in entries {
            guard let digest = entry.tokenDigest else { continue }
            tokens[digest] = .some(entry.device ?? tokens[digest] ?? nil)
        }
        let expected = sessions.tokens.filter { $0.value.user == user }.mapValues(\.device)
        return line("open sessions of \(user)", open, Set(entries.filter(\.isOpen).map(\.session)))
            + line("tokens of \(user)", expected, tokens)
            + line("devices of \(user)", sessions.devices[user] ?? [], entries.compactMap(\.device))
    }

    private func line<Value: Equatable>(_ what: String, _ expected: Value, _ found: Value) -> [String] {
        expected == found ? [] : ["\(what): expected \(expected), found \(found)"]
    }
}

extension Scenario {
    fileprivate func contact(_ one: UserID, _ other: UserID) -> ContactState {
        guard case .contact(let found) = state(.contact(one, other)) else { return ContactState() }
        return found
    }

    fileprivate func counts(_ user: UserID) -> CountsState {
        guard case .counts(let found) = state(.counts(user)) else { return CountsState() }
        return found
    }

    fileprivate func member(_ group: GroupID, _ user: UserID) -> MemberState {
        guard case .member(let found) = state(.member(group, user)) else { return MemberState(role: nil) }
        return found
    }

    /// The owner, as often as there are members.
    fileprivate func roster(_ group: GroupID) -> [UserID?] {
        guard case .roster(let found) = state(.roster(group)) else { return [] }
        return Array(repeating: found.owner, count: found.members)
    }
}
