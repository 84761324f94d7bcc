/// A user has an account. Lives in `account:U`, moves `name:…`.
public struct UserRegistered: Sendable, Hashable {
    /// The new user.
    public var user: UserID
    /// The keyed hash, in hexadecimal, of the folded name.
    public var nameDigest: String
    /// The name as typed, in NFC. Personal.
    public var name: String?
    /// The Argon2id hash of the password. Personal.
    public var passwordHash: String?
    /// From where. Personal.
    public var address: String?

    /// A registration.
    public init(user: UserID, nameDigest: String, name: String?, passwordHash: String?, address: String?) {
        self.user = user
        self.nameDigest = nameDigest
        self.name = name
        self.passwordHash = passwordHash
        self.address = address
    }
}

/// A user has another password; all other sessions and tokens ended with the old one.
/// Lives in `account:U`, moves `devices:U`.
public struct PasswordChanged: Sendable, Hashable {
    /// Whose.
    public var user: UserID
    /// The Argon2id hash of the new password. Personal.
    public var passwordHash: String?
    /// The session that asked for it: it stays, and so does its token.
    public var session: SessionID?
    /// The open sessions that ended.
    public var ended: [EndedSession]

    /// A change.
    public init(user: UserID, passwordHash: String?, session: SessionID?, ended: [EndedSession]) {
        self.user = user
        self.passwordHash = passwordHash
        self.session = session
        self.ended = ended
    }
}

/// An account is no more: its name is free, its sessions and tokens ended. What else it had is taken apart after it.
/// Lives in `account:U`, moves `name:…` and `devices:U`.
public struct AccountDeleted: Sendable, Hashable {
    /// Whose.
    public var user: UserID
    /// The keyed hash, in hexadecimal, of the folded name that is free now.
    public var nameDigest: String
    /// The open sessions that ended.
    public var ended: [EndedSession]
    /// Who had it done; nil if it was the user.
    public var order: ErasureOrder?

    /// A deletion.
    public init(user: UserID, nameDigest: String, ended: [EndedSession], order: ErasureOrder? = nil) {
        self.user = user
        self.nameDigest = nameDigest
        self.ended = ended
        self.order = order
    }
}

/// Who had personal data made unreadable, and why.
public struct ErasureOrder: Sendable, Hashable {
    /// Who.
    public var by: ReplayOrigin
    /// Why, in the operator's words: it stays in the log, so it should name nobody.
    public var reason: String

    /// An order.
    public init(by: ReplayOrigin, reason: String) {
        self.by = by
        self.reason = reason
    }
}

/// Sealing keys are destroyed: what they sealed can no longer be read. Of a person's it is the last step of a deletion,
/// of texts' the first one: a key of texts that is missing without it is a loss.
/// Lives in `account:U`, or in `erasures` if it is about everybody.
public struct KeyDestroyed: Sendable, Hashable {
    /// What the keys sealed.
    public enum Purpose: String, Sendable, Hashable {
        /// What tells who a user is: name, password hash, addresses.
        case person
        /// What was written within the quarters.
        case texts
    }

    /// Whose; nil for everybody's.
    public var user: UserID?
    /// What they sealed.
    public var purpose: Purpose
    /// Of texts: the calendar quarters, as `2026Q4`.
    public var quarters: [String]
    /// Who had it done; nil if it is the end of a deletion.
    public var order: ErasureOrder?

    /// A destruction.
    public init(user: UserID?, purpose: Purpose, quarters: [String] = [], order: ErasureOrder? = nil) {
        self.user = user
        self.purpose = purpose
        self.quarters = quarters
        self.order = order
    }
}
