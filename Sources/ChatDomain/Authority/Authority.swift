/// Who may do what: every command of the wire contract against everything that its caller can be to what it is about.
///
/// The deciders and the session layer keep these rules; this table says them once more, in one place, to be read and to
/// be walked cell by cell over the wire. A command that is new needs its rules here.
public enum Authority {
    /// What the caller is to what the command is about.
    public enum Relation: String, Sendable, Hashable, CaseIterable {
        case notLoggedIn = "not logged in"
        /// Whose own account is deleted: its connection stays open.
        case deleted = "a deleted user"
        case loggedIn = "logged in"

        case stranger = "a stranger"
        /// Asked by the other one for friendship.
        case asked = "asked"
        case friend = "a friend"
        /// The other one blocks the caller.
        case blocked = "blocked"
        /// The caller blocks the other one.
        case blocker = "the blocker"
        /// The other one's account is deleted.
        case bereaved = "anybody, of a deleted user"
        case oneself = "oneself"

        case outsider = "a stranger to it"
        case invited = "invited"
        case member = "a member"
        case admin = "an admin"
        case owner = "the owner"
        case kicked = "kicked"
        case former = "a former member"
    }

    /// What comes of a command.
    public enum Verdict: Sendable, Hashable {
        case allowed
        case refused(Refusal)
        /// There is no such case.
        case none
    }

    /// What a command is about.
    public enum Scope: Sendable, Hashable {
        /// The caller, or nobody in particular.
        case account
        /// Another user, or the conversation with that user.
        case person
        /// A group.
        case group(Visibility)

        /// What a caller can be to it.
        public var relations: [Relation] {
            switch self {
            case .account: [.loggedIn]
            case .person: [.stranger, .asked, .friend, .blocked, .blocker, .bereaved, .oneself]
            case .group: [.outsider, .invited, .member, .admin, .owner, .kicked, .former]
            }
        }
    }

    /// The rules of one command, or of one way of using it.
    public struct Rule: Sendable, Hashable {
        /// The command's name.
        public var method: String
        /// Which way of using it; empty if there is one only.
        public var about: String
        /// What it is about.
        public var scope: Scope
        var verdicts: [Relation: Verdict]

        /// What it comes to for a caller of a relation that its scope knows.
        public func verdict(_ relation: Relation) -> Verdict { verdicts[relation] ?? .none }
    }

    /// All rules, in the order of the wire contract.
    public static let rules: [Rule] = accountRules + personRules + groupRules + messageRules

    /// Every command that has rules, in their order.
    public static var methods: [String] {
        rules.map(\.method).reduce(into: []) { known, method in if !known.contains(method) { known.append(method) } }
    }

    /// What a command comes to on a connection that is not logged in, or whose user is deleted.
    public static func verdict(of method: String, for relation: Relation) -> Verdict {
        switch (method, relation) {
        case ("hello", _), ("ping", _), ("rpc.discover", _), ("register", _), ("login", .notLoggedIn): .allowed
        case ("login", _): .refused(.badCredentials)
        default: .refused(.notLoggedIn)
        }
    }
}

// MARK: - Short words for rules

extension Authority {
    static func own(_ method: String, _ refusal: Refusal? = nil) -> Rule {
        Rule(
            method: method, about: "", scope: .account,
            verdicts: [.loggedIn: refusal.map { .refused($0) } ?? .allowed])
    }

    /// A command that takes a user: allowed to these, refused to those.
    static func person(
        _ method: String, _ about: String = "", yes: [Relation], _ refused: [Relation: Refusal] = [:]
    ) -> Rule {
        let always: [Relation: Refusal] = [.bereaved: .noSuchUser, .oneself: .selfNotAllowed]
        return rule(method, about, .person, yes, always.merging(refused) { $1 })
    }

    /// A command that takes the conversation with a user, which a deleted user leaves behind; with oneself there is
    /// none.
    static func direct(_ method: String, _ about: String, but refused: [Relation: Refusal] = [:]) -> Rule {
        let all: [Relation] = [.stranger, .asked, .friend, .blocked, .blocker, .bereaved]
        return rule(method, about, .person, all.filter { refused[$0] == nil }, refused)
    }

    /// A command that takes a group: whoever is not listed is no member.
    static func group(
        _ method: String, _ about: String = "", _ visibility: Visibility = .open, yes: [Relation],
        _ refused: [Relation: Refusal] = [:], none: [Relation] = []
    ) -> Rule {
        let outside: [Relation] = [.outsider, .invited, .kicked, .former]
        let always = Dictionary(uniqueKeysWithValues: outside.map { ($0, Refusal.notAMember) })
        var found = rule(method, about, .group(visibility), yes, always.merging(refused) { $1 })
        for relation in none { found.verdicts[relation] = Verdict.none }
        return found
    }

    /// Where a relation is both allowed and refused by default, the rule's own yes wins.
    private static func rule(
        _ method: String, _ about: String, _ scope: Scope, _ yes: [Relation], _ refused: [Relation: Refusal]
    ) -> Rule {
        var verdicts = refused.mapValues { Verdict.refused($0) }
        for relation in yes { verdicts[relation] = .allowed }
        return Rule(method: method, about: about, scope: scope, verdicts: verdicts)
    }
}
