/// Who may join a group.
public enum Visibility: String, Sendable, Hashable {
    /// Anyone.
    case open
    /// Whoever was invited.
    case invite
}

/// A member's standing in a group.
public enum Role: String, Sendable, Hashable {
    case owner
    case admin
    case member
}

/// A group exists; its creator is its owner and first member.
/// Lives in `group:G`; moves `roster:G` and the creator's `member:G:U`.
public struct GroupCreated: Sendable, Hashable {
    /// The new group.
    public var group: GroupID
    /// Its creator.
    public var owner: UserID
    /// Its name, 1 to 64 scalars.
    public var name: String
    /// Up to 500 scalars.
    public var description: String
    /// Who may join.
    public var visibility: Visibility

    /// A creation.
    public init(group: GroupID, owner: UserID, name: String, description: String, visibility: Visibility) {
        self.group = group
        self.owner = owner
        self.name = name
        self.description = description
        self.visibility = visibility
    }
}

/// A group's settings are others from now on. Lives in `group:G`.
public struct GroupUpdated: Sendable, Hashable {
    /// The group.
    public var group: GroupID
    /// Who changed them.
    public var by: UserID
    /// Its name after it, 1 to 64 scalars.
    public var name: String
    /// Its description after it, up to 500 scalars.
    public var description: String
    /// Who may join after it.
    public var visibility: Visibility

    /// A change of settings.
    public init(group: GroupID, by: UserID, name: String, description: String, visibility: Visibility) {
        self.group = group
        self.by = by
        self.name = name
        self.description = description
        self.visibility = visibility
    }
}

/// A group is gone, and everybody's membership with it. Lives in `group:G`, moves `roster:G`.
public struct GroupDeleted: Sendable, Hashable {
    /// The group.
    public var group: GroupID
    /// Who deleted it.
    public var by: UserID
    /// How many members it had.
    public var members: Int
    /// A deletion.
    public init(group: GroupID, by: UserID, members: Int) {
        self.group = group
        self.by = by
        self.members = members
    }
}
