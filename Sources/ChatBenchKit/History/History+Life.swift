import ChatDomain

/// What happens besides messages, and how often.
extension History {
    private enum Deed: CaseIterable {
        case comeOrGo, acknowledge, read, react, takeReactionBack, edit, recall, leave, kick, changeRole, updateGroup,
            passOwnership
        case unfriend, block, unblock, changePassword, deleteGroup, deleteAccount

        /// Times in a thousand.
        var share: Int {
            switch self {
            case .comeOrGo: 300
            case .acknowledge: 150
            case .read: 190
            case .react: 160
            case .takeReactionBack: 20
            case .edit: 90
            case .recall: 25
            case .leave: 25
            case .kick: 8
            case .changeRole: 8
            case .updateGroup: 8
            case .passOwnership: 1
            case .unfriend: 4
            case .block: 4
            case .unblock: 3
            case .changePassword: 2
            case .deleteGroup: 1
            case .deleteAccount: 1
            }
        }
    }

    /// How often something is tried that cannot be done just now, before somebody merely comes or goes.
    private static let attempts = 8

    /// The next event that is no message: what makes the community grow as the plan wants, or its life.
    mutating func live() -> Draft {
        if people.count < 4 || random.below(3) == 0, let draft = grow() { return draft }
        for _ in 0..<Self.attempts {
            if let draft = perform(deed()) { return draft }
        }
        return comeOrGo() ?? register()
    }

    private mutating func deed() -> Deed {
        var rest = random.below(1000)
        for deed in Deed.allCases {
            rest -= deed.share
            if rest < 0 { return deed }
        }
        return .comeOrGo
    }

    private mutating func grow() -> Draft? {
        if people.count < due(plan.users) { return register() }
        if friendships < due(plan.friendships), let draft = befriend() { return draft }
        if groups.count < due(plan.groups), let draft = found() { return draft }
        if memberships < due(plan.memberships), let draft = join() { return draft }
        return nil
    }

    private mutating func perform(_ deed: Deed) -> Draft? {
        switch deed {
        case .comeOrGo: comeOrGo()
        case .acknowledge: acknowledge()
        case .read: read()
        case .react: react()
        case .takeReactionBack: takeReactionBack()
        case .edit: edit()
        case .recall: recall()
        case .leave: leave()
        case .kick: kick()
        case .changeRole: changeRole()
        case .updateGroup: updateGroup()
        case .passOwnership: passOwnership()
        case .unfriend: unfriend()
        case .block: block()
        case .unblock: unblock()
        case .changePassword: changePassword()
        case .deleteGroup: deleteGroup()
        case .deleteAccount: deleteAccount()
        }
    }

    /// Somebody who has a session: the first users the most often.
    mutating func somebody() -> Int? {
        guard !online.isEmpty else { return nil }
        for _ in 0..<4 {
            let person = random.zipf(people.count)
            if people[person].session != nil { return person }
        }
        return online[random.below(online.count)]
    }

    /// One of somebody's conversations in which something may be said: the oldest the most often.
    mutating func talk(of person: Int) -> Int? {
        guard !people[person].talks.isEmpty else { return nil }
        let talk = people[person].talks[random.zipf(people[person].talks.count)]
        return talks[talk].isOpen && talks[talk].members.count > 1 ? talk : nil
    }
}
