public import ChatDomain

/// Who is where: finds the leaves (sessions on a loop, nodes for the relay) that hold somebody of an audience.
///
/// Counts, so that several sessions of one user, and several members of one group, may share a leaf.
public struct RoutingTable<Leaf: Hashable & Sendable>: Sendable {
    @usableFromInline var leavesByUser: [UserID: [Leaf: Int]] = [:]
    @usableFromInline var leavesByGroup: [GroupID: [Leaf: Int]] = [:]
    /// With the position of each joining.
    private var groupsByUser: [UserID: [GroupID: Position]] = [:]
    private var usersByGroup: [GroupID: Set<UserID>] = [:]
    /// Of the users that are known as members: the owner and the admins. They are few, so leaves are not counted.
    @usableFromInline var adminsByGroup: [GroupID: Set<UserID>] = [:]

    /// An empty table.
    public init() {}

    /// A user has one more session at a leaf.
    public mutating func attach(_ user: UserID, at leaf: Leaf) {
        leavesByUser[user, default: [:]][leaf, default: 0] += 1
        for group in groups(of: user) { leavesByGroup[group, default: [:]][leaf, default: 0] += 1 }
    }

    /// A user has one session fewer at a leaf.
    public mutating func detach(_ user: UserID, from leaf: Leaf) {
        guard let count = leavesByUser[user]?[leaf] else { return }
        leavesByUser[user]?[leaf] = count > 1 ? count - 1 : nil
        if leavesByUser[user]?.isEmpty == true { leavesByUser[user] = nil }
        for group in groups(of: user) { lower(group, leaf, by: 1) }
    }

    /// A user became a member of a group at a position; nothing if it is one already.
    public mutating func join(_ group: GroupID, _ user: UserID, at position: Position) {
        guard groupsByUser[user]?[group] == nil else { return }
        groupsByUser[user, default: [:]][group] = position
        usersByGroup[group, default: []].insert(user)
        for (leaf, count) in leavesByUser[user] ?? [:] {
            leavesByGroup[group, default: [:]][leaf, default: 0] += count
        }
    }

    /// A user is no member of a group any more.
    public mutating func leave(_ group: GroupID, _ user: UserID) {
        guard groupsByUser[user]?.removeValue(forKey: group) != nil else { return }
        if groupsByUser[user]?.isEmpty == true { groupsByUser[user] = nil }
        usersByGroup[group]?.remove(user)
        if usersByGroup[group]?.isEmpty == true { usersByGroup[group] = nil }
        demote(user, in: group)
        for (leaf, count) in leavesByUser[user] ?? [:] { lower(group, leaf, by: count) }
    }

    /// A member is owner or admin.
    public mutating func promote(_ user: UserID, in group: GroupID) {
        guard groupsByUser[user]?[group] != nil else { return }
        adminsByGroup[group, default: []].insert(user)
    }

    /// A member is no admin any more.
    public mutating func demote(_ user: UserID, in group: GroupID) {
        adminsByGroup[group]?.remove(user)
        if adminsByGroup[group]?.isEmpty == true { adminsByGroup[group] = nil }
    }

    /// A group is gone.
    public mutating func remove(_ group: GroupID) {
        for user in usersByGroup[group] ?? [] { leave(group, user) }
    }

    /// Forgets a user's memberships, after its last session here is gone.
    public mutating func forget(_ user: UserID) {
        for group in groups(of: user) { leave(group, user) }
    }

    /// Since when a user is a member of a group; nil if it is not, as far as this table is kept.
    public func joined(_ group: GroupID, _ user: UserID) -> Position? { groupsByUser[user]?[group] }

    private func groups(of user: UserID) -> [GroupID] { groupsByUser[user].map { Array($0.keys) } ?? [] }

    /// Whether a user has a session anywhere in this table.
    public func holds(_ user: UserID) -> Bool { leavesByUser[user] != nil }

    /// The leaves of a user.
    public func leaves(of user: UserID) -> [Leaf] { leavesByUser[user].map { Array($0.keys) } ?? [] }

    /// The leaves that hold somebody of an audience, each once. Inlinable, for every message is looked up on every loop:
    /// generic across modules, two thirds of a delivery were the making of types.
    @inlinable
    public func leaves(for audience: Audience) -> Set<Leaf> {
        var found: Set<Leaf> = []
        for user in audience.users { if let leaves = leavesByUser[user] { found.formUnion(leaves.keys) } }
        if let group = audience.group, let leaves = leavesByGroup[group] { found.formUnion(leaves.keys) }
        guard let administered = audience.admins, let admins = adminsByGroup[administered] else { return found }
        for user in admins { if let leaves = leavesByUser[user] { found.formUnion(leaves.keys) } }
        return found
    }

    private mutating func lower(_ group: GroupID, _ leaf: Leaf, by count: Int) {
        guard let present = leavesByGroup[group]?[leaf] else { return }
        leavesByGroup[group]?[leaf] = present > count ? present - count : nil
        if leavesByGroup[group]?.isEmpty == true { leavesByGroup[group] = nil }
    }
}
