/// Why a login came to nothing.
public enum LoginOutcome: String, Sendable, Hashable, CaseIterable, Comparable {
    /// There is no such account, or the password is another one.
    case badCredentials = "bad_credentials"
    /// The token is none, or is good no more.
    case badToken = "bad_token"
    /// It was not even tried: too many had failed before.
    case rateLimited = "rate_limited"

    /// By their names.
    public static func < (left: LoginOutcome, right: LoginOutcome) -> Bool { left.rawValue < right.rawValue }
}

/// Logins from one address to one account came to nothing; at most one such event a minute for each pair.
/// Lives in `refusals:NODE`.
///
/// What was typed stands in it nowhere: who mistakes the field types a password for a name.
public struct LoginRefused: Sendable, Hashable {
    /// The account; nil if there is none by what was typed, or if it is of many.
    public var user: UserID?
    /// How many of each kind; none is 0.
    public var counts: [LoginOutcome: Int]
    /// When the first of them was, in microseconds since 1970 UTC.
    public var since: Int64
    /// Whether these are all that were more than could be told apart: from many addresses, to many accounts.
    public var isRest: Bool
    /// From where. Personal: sealed under the account's person, or under the quarter's key of nobody.
    public var address: String?

    /// Refusals.
    public init(user: UserID?, counts: [LoginOutcome: Int], since: Int64, isRest: Bool = false, address: String?) {
        self.user = user
        self.counts = counts
        self.since = since
        self.isRest = isRest
        self.address = address
    }
}
