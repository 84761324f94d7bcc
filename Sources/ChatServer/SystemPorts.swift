import ChatApplication
import Glibc
import Reactor
import Sealing

/// The system's clock.
struct SystemClock: Clock {
    func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}

/// Passwords on a bounded pool of threads.
struct PooledPasswords: PasswordHasher {
    let pool: BlockingPool
    let cost: PasswordCost
    /// The hash that is verified where there is no account, so that the answer takes as long.
    let decoy: String

    func hash(_ password: String, from network: String) async throws(EventLogError) -> String {
        try await run(network) { try Passwords.hash(password, cost: cost) }
    }

    func verify(
        _ password: String, against hash: String?, from network: String
    ) async throws(EventLogError) -> Bool {
        let fits = try await run(network) { Passwords.verify(password, against: hash ?? decoy) }
        return fits && hash != nil
    }

    private func run<Value: Sendable>(
        _ network: String, _ body: @escaping @Sendable () throws -> Value
    ) async throws(EventLogError) -> Value {
        do {
            return try await pool.run(lane: network, body)
        } catch {
            throw .unavailable("too many passwords wait to be hashed")
        }
    }
}
