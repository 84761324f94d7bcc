/// Hashes and checks passwords away from the loops, on a bounded pool. Networks take turns, so that one from which many
/// passwords come holds up nobody in another.
public protocol PasswordHasher: Sendable {
    /// The Argon2id hash of a password. Throws `unavailable` if too many wait.
    func hash(_ password: String, from network: String) async throws(EventLogError) -> String
    /// Whether a password fits a hash; with nil it takes as long, and does not.
    func verify(_ password: String, against hash: String?, from network: String) async throws(EventLogError) -> Bool
}
