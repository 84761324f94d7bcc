public import ChatDomain

/// Gathers logins that came to nothing, so that the log hears of each pair of address and account once a minute at most,
/// however many there are. Pure and bounded: what is more than can be told apart is counted together.
public struct RefusedLogins: Sendable {
    /// What bounds the memory, and the log.
    public struct Limits: Sendable {
        /// Pairs of address and account told apart at a time; logins of further ones are counted together as the rest.
        public var pairs = 4_096
        /// Accounts told apart at one address; logins to further ones count as to none.
        public var accountsOfAddress = 64
        /// Microseconds between two events of one pair.
        public var interval: Int64 = 60_000_000
        /// The defaults.
        public init() {}
    }

    /// From where, to which account; nil if there is none by what was typed.
    private struct Pair: Hashable {
        var address: String?
        var user: UserID?
    }

    fileprivate struct Entry {
        var counts: [LoginOutcome: Int] = [:]
        var since: Int64 = 0
        var loggedAt: Int64?
    }

    private let limits: Limits
    private var entries: [Pair: Entry] = [:]
    private var accounts: [String: Int] = [:]
    private var rest = Entry()

    /// Nothing gathered.
    public init(limits: Limits = Limits()) { self.limits = limits }

    /// How many pairs are told apart at present.
    public var count: Int { entries.count }

    /// Counts one. The user must be known to have an account: what else was typed is nobody's business.
    public mutating func add(user: UserID?, address: String, _ outcome: LoginOutcome, now: Int64) {
        add(Pair(address: address, user: user), [outcome: 1], since: now)
    }

    private mutating func add(_ pair: Pair, _ counts: [LoginOutcome: Int], since: Int64) {
        guard let place = place(of: pair) else { return rest.add(counts, since: since) }
        entries[place, default: Entry()].add(counts, since: since)
    }

    /// Where the pair is counted, made if there is room; nil if there is none.
    private mutating func place(of pair: Pair) -> Pair? {
        guard let address = pair.address else { return nil }
        if entries[pair] != nil { return pair }
        if pair.user != nil, accounts[address, default: 0] >= limits.accountsOfAddress {
            return place(of: Pair(address: address, user: nil))
        }
        guard entries.count < limits.pairs else { return nil }
        entries[pair] = Entry()
        if pair.user != nil { accounts[address, default: 0] += 1 }
        return pair
    }

    /// Takes what the log may hear of now, or, at the end, all that it has not heard of. Forgets pairs that have been
    /// quiet for an interval.
    public mutating func take(now: Int64, all: Bool = false) -> [LoginRefused] {
        var taken: [LoginRefused] = []
        for pair in Array(entries.keys) {
            guard var entry = entries[pair] else { continue }
            let isDue = entry.isDue(now, limits.interval)
            if !entry.counts.isEmpty, all || isDue {
                taken.append(entry.take(user: pair.user, address: pair.address, isRest: false, now: now))
                entries[pair] = entry
            } else if isDue {
                forget(pair)
            }
        }
        if !rest.counts.isEmpty, all || rest.isDue(now, limits.interval) {
            taken.append(rest.take(user: nil, address: nil, isRest: true, now: now))
        }
        return taken.sorted { $0.since < $1.since }
    }

    private mutating func forget(_ pair: Pair) {
        entries[pair] = nil
        guard pair.user != nil, let address = pair.address, let count = accounts[address] else { return }
        accounts[address] = count > 1 ? count - 1 : nil
    }

    /// Takes back what could not be logged: it is due at once, with what has come meanwhile.
    public mutating func putBack(_ taken: [LoginRefused]) {
        for event in taken {
            let pair = Pair(address: event.isRest ? nil : event.address, user: event.user)
            add(pair, event.counts, since: event.since)
            if entries[pair] != nil { entries[pair]?.loggedAt = nil } else { rest.loggedAt = nil }
        }
    }
}

extension RefusedLogins.Entry {
    fileprivate mutating func add(_ more: [LoginOutcome: Int], since time: Int64) {
        since = counts.isEmpty ? time : min(since, time)
        counts.merge(more) { $0 + $1 }
    }

    fileprivate func isDue(_ now: Int64, _ interval: Int64) -> Bool { loggedAt.map { now - $0 >= interval } ?? true }

    fileprivate mutating func take(user: UserID?, address: String?, isRest: Bool, now: Int64) -> LoginRefused {
        let event = LoginRefused(user: user, counts: counts, since: since, isRest: isRest, address: address)
        counts = [:]
        loggedAt = now
        return event
    }
}
