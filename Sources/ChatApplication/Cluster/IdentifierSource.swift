public import ChatDomain

/// Numbers for new users and groups; never given twice, gaps are allowed.
public protocol IdentifierSource: Sendable {
    /// A number for a new user.
    func nextUser() async throws(EventLogError) -> UserID
    /// A number for a new group.
    func nextGroup() async throws(EventLogError) -> GroupID
}
