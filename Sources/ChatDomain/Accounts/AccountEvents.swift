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
