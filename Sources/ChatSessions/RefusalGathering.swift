public import ChatApplication
public import ChatDomain
import Reactor

/// What the loops of a node refuse of logins, until the node logs it.
public final class RefusalGathering: Sendable {
    private let refused = Lock(RefusedLogins())

    /// Nothing gathered.
    public init() {}

    /// Counts a login that came to nothing.
    func add(user: UserID?, address: String, _ outcome: LoginOutcome, now: Int64) {
        refused.withLock { $0.add(user: user, address: address, outcome, now: now) }
    }

    /// Logs what is due, or all; what cannot be logged is kept.
    public func log(
        all: Bool = false, of node: NodeName, to log: any EventLog, keys: any SealingKeyStore, now: Int64
    ) async {
        let due = refused.withLock { $0.take(now: now, all: all) }
        guard !due.isEmpty else { return }
        let unlogged = await RefusalLog.append(due, of: node, to: log, keys: keys, now: now)
        if !unlogged.isEmpty { refused.withLock { $0.putBack(unlogged) } }
    }
}
