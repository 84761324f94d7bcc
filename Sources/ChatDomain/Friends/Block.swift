/// Somebody wants to hear nothing from another one.
public struct Block: Sendable, Hashable {
    /// Who blocks.
    public var by: UserID
    /// Who is blocked.
    public var user: UserID
    /// A block.
    public init(by: UserID, user: UserID) {
        self.by = by
        self.user = user
    }
}
