public import ChatDomain

/// Who is online in the whole cluster, folded from sessions; and who is told, with a grace before "offline" where a
/// connection was lost.
///
/// A pure machine: a reconnect within the grace is news only for those who may have been shown meanwhile that the user
/// was gone, so that a reconnect storm is no presence storm. Whoever ended the session on purpose is gone at once.
public struct Presence: Sendable {
    /// A user came or went.
    public struct Change: Sendable, Hashable {
        /// Who.
        public var user: UserID
        /// Which way.
        public var isOnline: Bool
        /// When, in microseconds since 1970 UTC.
        public var at: Int64
        /// Of somebody who is back within the grace: only who logged in after this, by the local clock, was perhaps
        /// shown that the user was gone, and is told.
        public var since: Int64?
        /// A change.
        public init(user: UserID, isOnline: Bool, at: Int64, since: Int64? = nil) {
            self.user = user
            self.isOnline = isOnline
            self.at = at
            self.since = since
        }
    }

    /// How long a user whose connection was lost is gone before the friends are told, in microseconds: 2 s.
    public static let grace: Int64 = 2_000_000
    /// What a login shows may be ahead of the node's feed: by so much at most, in microseconds.
    public static let lead: Int64 = 10_000_000

    private var sessions: [SessionID: (user: UserID, node: NodeName)] = [:]
    private var counts: [UserID: Int] = [:]
    private var leaving: [UserID: (at: Int64, due: Int64)] = [:]

    /// Who is online at the beginning.
    public init(sessions: [OpenSessionRow] = []) {
        for row in sessions { _ = add(row.session, row.user, row.node) }
    }

    /// Whether a user is online.
    public func isOnline(_ user: UserID) -> Bool { counts[user] != nil }

    /// Folds a change of routing in; gives whoever is to be told of at once. `now` is the local clock.
    public mutating func apply(_ change: RoutingChange, at: Int64, now: Int64) -> [Change] {
        switch change {
        case .sessionOpened(let opened):
            guard opened.device != nil else { return [] }
            let left = leaving.removeValue(forKey: opened.user)
            for ended in [opened.replaced, opened.forgottenSession] {
                if let ended { lose(ended, at: at, now: now) }
            }
            let isNew = add(opened.session, opened.user, opened.node)
            // Who is replaced was never gone.
            guard leaving.removeValue(forKey: opened.user) == nil, isNew else { return [] }
            let since = left.map { $0.due - Self.grace - Self.lead }
            return [Change(user: opened.user, isOnline: true, at: at, since: since)]
        case .sessionClosed(let closed) where closed.reason == .disconnected:
            lose(closed.session, at: at, now: now)
        case .sessionClosed(let closed): return end([closed.session], at: at)
        case .sessionsEnded(let ended): return end(ended.sessions, at: at)
        case .nodeLost(let node):
            for (session, entry) in sessions where entry.node == node { lose(session, at: at, now: now) }
        default: break
        }
        return []
    }

    /// Sessions that were ended on purpose.
    private mutating func end(_ ended: [SessionID], at: Int64) -> [Change] {
        ended.compactMap { remove($0) }.map { Change(user: $0, isOnline: false, at: at) }
    }

    /// A session whose user may be back in a moment.
    private mutating func lose(_ session: SessionID, at: Int64, now: Int64) {
        if let user = remove(session) { leaving[user] = (at, now + Self.grace) }
    }

    /// Users whose grace is over, and who have not come back.
    public mutating func due(now: Int64) -> [Change] {
        let gone = leaving.filter { $0.value.due <= now }
        for user in gone.keys { leaving[user] = nil }
        return gone.map { Change(user: $0.key, isOnline: false, at: $0.value.at) }
    }

    /// True if the user was not online before.
    private mutating func add(_ session: SessionID, _ user: UserID, _ node: NodeName) -> Bool {
        guard sessions.updateValue((user, node), forKey: session) == nil else { return false }
        counts[user, default: 0] += 1
        return counts[user] == 1
    }

    /// Whose last session it was, if it was the last one.
    private mutating func remove(_ session: SessionID) -> UserID? {
        guard let user = sessions.removeValue(forKey: session)?.user, let count = counts[user] else { return nil }
        counts[user] = count > 1 ? count - 1 : nil
        return count == 1 ? user : nil
    }
}
