public import ChatDomain

extension RoutingTable {
    /// The leaves that an item concerns, with its change of memberships applied at the right moment: a new member
    /// is told of the joining, and a former one of the leaving.
    public mutating func route(_ item: FeedItem, isLocal: (UserID) -> Bool) -> Set<Leaf> {
        switch item.routing {
        case .joined(let group, let user):
            if isLocal(user) { join(group, user) }
            return leaves(for: item.audience)
        case .left(let group, let user):
            defer { leave(group, user) }
            return leaves(for: item.audience)
        case .groupDeleted(let group):
            defer { remove(group) }
            return leaves(for: item.audience)
        default:
            return leaves(for: item.audience)
        }
    }
}
