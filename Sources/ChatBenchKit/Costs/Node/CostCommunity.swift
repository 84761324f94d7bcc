import ChatApplication
import ChatDomain

/// Who talks while costs are measured: friends in pairs, all of them members of one group.
struct CostCommunity: Sendable {
    /// The group of all.
    static let group = GroupID(1)

    /// How many there are.
    let size: Int

    var users: [UserID] { (1...size).map { UserID(Int64($0)) } }

    /// The other one of a pair: 1 and 2, 3 and 4, …
    func partner(of user: UserID) -> UserID { UserID(user.value % 2 == 1 ? user.value + 1 : user.value - 1) }

    /// Puts their accounts, friendships and memberships into a log.
    func settle(in log: CostLog) {
        log.put(.group(Self.group), .group(GroupState(name: "group", description: "", visibility: .open)))
        for user in users {
            log.put(
                .account(user), .account(AccountState(name: "user-\(user)", passwordHash: CostPasswords.hash)))
            log.put(.contact(user, partner(of: user)), .contact(ContactState(relation: .friends)))
            log.put(.member(Self.group, user), .member(MemberState(role: .member)))
        }
    }
}
