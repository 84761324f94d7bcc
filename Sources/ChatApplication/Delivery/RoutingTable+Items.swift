public import ChatDomain

extension RoutingTable {
    /// The leaves that an item concerns, with its change of memberships applied at the right moment: a new member
    /// is told of the joining, and a former one of the leaving. Unless the memberships of `everybody` are kept, only
    /// those of users with a session here are.
    @inlinable
    public mutating func route(_ item: FeedItem, everybody: Bool) -> Set<Leaf> {
        switch item.routing {
        case .founded(let group, let user):
            if everybody || holds(user) {
                join(group, user, at: item.position)
                promote(user, in: group)
            }
            return leaves(for: item.audience)
        case .promoted(let group, let user):
            if everybody || holds(user) { promote(user, in: group) }
            return leaves(for: item.audience)
        case .demoted(let group, let user):
            demote(user, in: group)
            return leaves(for: item.audience)
        case .joined(let group, let user):
            if everybody || holds(user) { join(group, user, at: item.position) }
            return leaves(for: item.audience)
        case .left(let group, let user):
            defer { leave(group, user) }
            return leaves(for: item.audience)
        case .groupDeleted(let group):
            defer { remove(group) }
            return leaves(for: item.audience)
        case .blocked(let block), .unblocked(let block):
            // Nobody is told, but the nodes of both must know.
            return leaves(for: Audience(users: [block.by, block.user]))
        default:
            return leaves(for: item.audience)
        }
    }
}
