/// One user asked another for friendship. Lives in `contact:A:B`, as all events of friendship do.
public struct FriendRequested: Sendable, Hashable {
    /// Who asked.
    public var from: UserID
    /// Whom.
    public var to: UserID
    /// A request.
    public init(from: UserID, to: UserID) {
        self.from = from
        self.to = to
    }
}

/// The one who asked took it back.
public struct FriendRequestWithdrawn: Sendable, Hashable {
    /// Who had asked.
    public var from: UserID
    /// Whom.
    public var to: UserID
    /// A withdrawal.
    public init(from: UserID, to: UserID) {
        self.from = from
        self.to = to
    }
}

/// The one who was asked said no; nobody is told.
public struct FriendRequestRejected: Sendable, Hashable {
    /// Who had asked.
    public var from: UserID
    /// Who said no.
    public var to: UserID
    /// A rejection.
    public init(from: UserID, to: UserID) {
        self.from = from
        self.to = to
    }
}

/// The two are friends.
public struct FriendshipMade: Sendable, Hashable {
    /// Who had asked first.
    public var from: UserID
    /// Who agreed.
    public var to: UserID
    /// A friendship.
    public init(from: UserID, to: UserID) {
        self.from = from
        self.to = to
    }
}

/// The two are friends no more.
public struct FriendshipEnded: Sendable, Hashable {
    /// Who ended it.
    public var by: UserID
    /// The other one.
    public var with: UserID
    /// An end.
    public init(by: UserID, with: UserID) {
        self.by = by
        self.with = with
    }
}

/// A user wants to hear nothing more from another one. Lives in `contact:A:B`; nobody is told.
public struct UserBlocked: Sendable, Hashable {
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

/// A block was taken back. Lives in `contact:A:B`; nobody is told.
public struct UserUnblocked: Sendable, Hashable {
    /// Who had blocked.
    public var by: UserID
    /// Who was blocked.
    public var user: UserID
    /// The end of a block.
    public init(by: UserID, user: UserID) {
        self.by = by
        self.user = user
    }
}
