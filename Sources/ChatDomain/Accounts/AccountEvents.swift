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

    /// A deletion.
    public init(user: UserID, nameDigest: String, ended: [EndedSession]) {
        self.user = user
        self.nameDigest = nameDigest
        self.ended = ended
    }
}

/// A sealing key was destroyed: what it sealed can no longer be read. Of a person's it is the last step of a deletion.
/// Lives in `account:U`.
public struct KeyDestroyed: Sendable, Hashable {
    /// What the key sealed.
    public enum Purpose: String, Sendable, Hashable {
        /// What tells who a user is: name, password hash, addresses.
        case person
    }

    /// Whose.
    public var user: UserID
    /// What it sealed.
    public var purpose: Purpose

    /// A destruction.
    public init(user: UserID, purpose: Purpose) {
        self.user = user
        self.purpose = purpose
    }
}
