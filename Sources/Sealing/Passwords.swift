/// How dear one guess at a password is.
public struct PasswordCost: Sendable, Equatable {
    /// Passes over the memory.
    let operations: UInt64
    /// Memory of one hash, in bytes.
    let memory: Int

    /// A cost: passes over the memory, and its bytes, at least 8 KiB.
    public init(operations: Int, memory: Int) {
        self.operations = UInt64(max(1, operations))
        self.memory = max(8 * 1024, memory)
    }

    /// For a login that a person waits for: 2 passes over 64 MiB, some 50 to 100 ms of one core.
    public static let interactive = PasswordCost(operations: 2, memory: 64 * 1024 * 1024)
    /// The least that the library takes, 1 pass over 8 KiB: for tests only.
    public static let test = PasswordCost(operations: 1, memory: 8 * 1024)
}

/// What went wrong in this module; it never carries a password or key.
public enum SealingError: Error, Sendable, Equatable {
    /// The memory that a password's cost asks for could not be had.
    case outOfMemory
}

/// Password hashes: Argon2id (RFC 9106) in its own text form, which carries the salt and the cost.
///
/// Both functions block their thread for as long as the cost says: call them on a blocking pool, never on a loop.
public enum Passwords {
    /// Hashes with a fresh salt.
    /// - Throws: ``SealingError/outOfMemory``.
    public static func hash(_ password: [UInt8], cost: PasswordCost = .interactive) throws(SealingError) -> String {
        guard let hash = Sodium.passwordHash(password, operations: cost.operations, memory: cost.memory) else {
            throw .outOfMemory
        }
        return hash
    }

    /// Hashes the UTF-8 of a password with a fresh salt.
    /// - Throws: ``SealingError/outOfMemory``.
    public static func hash(_ password: String, cost: PasswordCost = .interactive) throws(SealingError) -> String {
        try hash(Array(password.utf8), cost: cost)
    }

    /// Whether the password is the one that was hashed, at whatever cost; false for a text that is no hash.
    public static func verify(_ password: [UInt8], against hash: String) -> Bool {
        Sodium.passwordMatches(password, hash: hash)
    }

    /// Whether the UTF-8 of the password is what was hashed; false for a text that is no hash.
    public static func verify(_ password: String, against hash: String) -> Bool {
        verify(Array(password.utf8), against: hash)
    }
}
