import Reactor

/// The limits that count by address and account, shared by the loops of a node.
public final class SharedRateLimits: Sendable {
    private struct Counters {
        var failures: MinuteCounter
        var failuresByAddress: MinuteCounter
        var registrations: MinuteCounter
    }
    private let counters: Lock<Counters>

    /// Counters with the limits of the settings.
    public init(_ settings: SessionSettings) {
        counters = Lock(
            Counters(
                failures: MinuteCounter(limit: settings.rateLoginFailures),
                failuresByAddress: MinuteCounter(limit: settings.rateLoginFailuresAddress),
                registrations: MinuteCounter(limit: settings.rateRegistrations)))
    }

    /// In how many milliseconds this account may be tried again from this address; nil if now.
    func loginWait(account: String, address: String, now: Int64) -> Int64? {
        let network = ClientNetwork.name(of: address)
        return counters.withLock {
            $0.failuresByAddress.wait(network, now: now) ?? $0.failures.wait("\(account) \(network)", now: now)
        }
    }

    /// Counts a failed login.
    func loginFailed(account: String, address: String, now: Int64) {
        let network = ClientNetwork.name(of: address)
        counters.withLock {
            $0.failures.count("\(account) \(network)", now: now)
            $0.failuresByAddress.count(network, now: now)
        }
    }

    /// Counts a token that is not good, or says in how many milliseconds the address may try another one.
    func tokenFailed(address: String, now: Int64) -> Int64? {
        counters.withLock {
            if let wait = $0.failuresByAddress.wait(address, now: now) { return wait }
            $0.failuresByAddress.count(address, now: now)
            return nil
        }
    }

    /// Counts a registration, or says in how many milliseconds the address may register again.
    func register(address: String, now: Int64) -> Int64? {
        let network = ClientNetwork.name(of: address)
        return counters.withLock {
            if let wait = $0.registrations.wait(network, now: now) { return wait }
            $0.registrations.count(network, now: now)
            return nil
        }
    }
}
