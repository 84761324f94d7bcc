/// A user was invited into a group. Lives in `invitations:G`, moves `member:G:U`.
public struct MemberInvited: Sendable, Hashable {
    /// The group.
    public var group: GroupID
    /// Who is invited.
    public var user: UserID
    /// By whom.
    public var by: UserID
    /// An invitation.
    public init(group: GroupID, user: UserID, by: UserID) {
        self.group = group
        self.user = user
        self.by = by
    }
}

/// Who was invited does not want to come. Lives in `invitations:G`, moves `member:G:U`.
public struct InvitationDeclined: Sendable, Hashable {
    /// The group.
    public var group: GroupID
    /// Who was invited.
    public var user: UserID
    /// A decline.
    public init(group: GroupID, user: UserID) {
        self.group = group
        self.user = user
    }
}

/// An invitation was taken back. Lives in `invitations:G`, moves `member:G:U`.
public struct InvitationWithdrawn: Sendable, Hashable {
    /// The group.
    public var group: GroupID
    /// Who was invited.
    public var user: UserID
    /// Who took it back.
    public var by: UserID
    /// A withdrawal.
    public init(group: GroupID, user: UserID, by: UserID) {
        self.group = group
        self.user = user
        self.by = by
    }
}

/// A user became a member, which uses up an invitation. Lives in `roster:G`, moves `member:G:U`.
public struct MemberJoined: Sendable, Hashable {
    /// The group.
    public var group: GroupID
    /// The new member.
    public var user: UserID
    /// How many members the group has after it.
    public var members: Int
    /// A joining.
    public init(group: GroupID, user: UserID, members: Int) {
        self.group = group
        self.user = user
        self.members = members
    }
}

/// A member left. Lives in `roster:G`, moves `member:G:U`.
public struct MemberLeft: Sendable, Hashable {
    /// The group.
    public var group: GroupID
    /// The former member.
    public var user: UserID
    /// How many members the group has after it.
    public var members: Int
    /// A leaving.
    public init(group: GroupID, user: UserID, members: Int) {
        self.group = group
        self.user = user
        self.members = members
    }
}

/// A member was put out, and comes back only by an admin's invitation. Lives in `roster:G`, moves `member:G:U`.
public struct MemberKicked: Sendable, Hashable {
    /// The group.
    public var group: GroupID
    /// The former member.
    public var user: UserID
    /// By whom.
    public var by: UserID
    /// How many members the group has after it.
    public var members: Int
    /// A kick.
    public init(group: GroupID, user: UserID, by: UserID, members: Int) {
        self.group = group
        self.user = user
        self.by = by
        self.members = members
    }
}

/// A member became an admin, or an admin a plain member. Lives in `roster:G`, moves `member:G:U`.
public struct RoleChanged: Sendable, Hashable {
    /// The group.
    public var group: GroupID
    /// Whose role.
    public var user: UserID
    /// By whom.
    public var by: UserID
    /// The role after it; never `owner`.
    public var role: Role
    /// A change of role.
    public init(group: GroupID, user: UserID, by: UserID, role: Role) {
        self.group = group
        self.user = user
        self.by = by
        self.role = role
    }
}

/// A group has another owner, and the former one is an admin. Lives in `roster:G`, moves `member:G:U` of both.
public struct OwnershipPassed: Sendable, Hashable {
    /// The group.
    public var group: GroupID
    /// The former owner.
    public var from: UserID
    /// The owner from now on.
    public var to: UserID
    /// A change of owner.
    public init(group: GroupID, from: UserID, to: UserID) {
        self.group = group
        self.from = from
        self.to = to
    }
}
