/// `updategroup`: what is nil stays as it is.
public struct UpdateGroup: Sendable, Hashable {
    /// The group.
    public var group: GroupID
    /// Its new name.
    public var name: String?
    /// Its new description.
    public var description: String?
    /// Who may join from now on.
    public var visibility: Visibility?
    /// A change of settings.
    public init(group: GroupID, name: String? = nil, description: String? = nil, visibility: Visibility? = nil) {
        self.group = group
        self.name = name
        self.description = description
        self.visibility = visibility
    }
}

/// `invite`.
public struct Invite: Sendable, Hashable {
    /// The group.
    public var group: GroupID
    /// Whom.
    public var user: UserID
    /// How many invitations wait for that user's answer now.
    public var received: Int
    /// How many of the inviter's wait for an answer now.
    public var sent: Int
    /// An invitation.
    public init(group: GroupID, user: UserID, received: Int, sent: Int) {
        self.group = group
        self.user = user
        self.received = received
        self.sent = sent
    }
}
