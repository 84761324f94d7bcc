/// Hashes and checks passwords away from the loops, on a bounded pool.
public protocol PasswordHasher: Sendable {
    /// The Argon2id hash of a password. Throws `unavailable` if too many wait.
    func hash(_ password: String) async throws(EventLogError) -> String
    /// Whether a password fits a hash; with nil it takes as long, and does not.
    func verify(_ password: String, against hash: String?) async throws(EventLogError) -> Bool
}
