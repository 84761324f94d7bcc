import ChatDomain

/// The blocks between a session's user and others: across them nobody is told how far the other one has read.
struct StandingBlocks {
    /// Blocks that a session remembers, of either direction. To a user between whom and others more of them stand, no
    /// receipt of a direct conversation is told.
    static let limit = 10_000

    private var standing: Set<Block> = []
    /// What was heard of since the login: what the login reads may be older. Nil once that was read.
    private var heard: [Block: Bool]? = [:]
    private var areTooMany = false

    /// What the read tables say.
    mutating func load(_ blocks: [Block]) {
        standing = Set(blocks)
        for (block, stands) in heard ?? [:] { set(block, stands) }
        heard = nil
        areTooMany = standing.count > Self.limit
    }

    /// What the log says.
    mutating func hear(_ block: Block, stands: Bool) {
        guard heard == nil else {
            heard?[block] = stands
            return
        }
        guard !areTooMany else { return }
        set(block, stands)
        areTooMany = standing.count > Self.limit
    }

    /// Whether one of two has blocked the other.
    func stand(between user: UserID, and other: UserID) -> Bool {
        guard user != other else { return false }
        return areTooMany || standing.contains(Block(by: user, user: other))
            || standing.contains(Block(by: other, user: user))
    }

    private mutating func set(_ block: Block, _ stands: Bool) {
        if stands { standing.insert(block) } else { standing.remove(block) }
    }
}
