public import ChatDomain

/// What the read tables know of accounts that were deleted and are not taken apart yet.
public protocol RemovalReads: Sendable {
    /// Accounts that were deleted after a position and of which something may be left, in the order of their deletions.
    func deletedAccounts(after: Position, limit: Int) async throws(EventLogError) -> [DeletedAccount]

    /// What is left of one, as of a position at least.
    func remains(of user: UserID, atLeast: Position) async throws(EventLogError) -> AccountRemains
}

/// Ends what was sealed for good.
public protocol SealingKeyDestroyer: Sendable {
    /// Destroys the key of what tells who a user is; nothing happens if it is destroyed already.
    func destroyPersonKey(of user: UserID) async throws(EventLogError)
}

/// An account that was deleted.
public struct DeletedAccount: Sendable, Hashable {
    /// Whose.
    public var user: UserID
    /// The deletion's position.
    public var at: Position
    /// An account.
    public init(user: UserID, at: Position) {
        self.user = user
        self.at = at
    }
}

/// What is left of a deleted account.
public struct AccountRemains: Sendable, Hashable {
    /// A group that the user is in or invited to.
    public struct Membership: Sendable, Hashable {
        /// The group.
        public var group: GroupID
        /// Who becomes its owner if the user is: the admin, else the member, of longest standing.
        public var heir: UserID?
        /// A membership.
        public init(group: GroupID, heir: UserID?) {
            self.group = group
            self.heir = heir
        }
    }
    /// Users with whom there is a friendship, a request or a blocking.
    public var contacts: [UserID]
    /// Groups.
    public var memberships: [Membership]
    /// Remains.
    public init(contacts: [UserID], memberships: [Membership]) {
        self.contacts = contacts
        self.memberships = memberships
    }
}

/// The elected node's work after an account was deleted: step by step, each of which may be done twice without harm.
/// So whoever is elected goes on with what is left.
public struct AccountRemoval: Sendable {
    /// Accounts that are read at once.
    public static let page = 50

    private let reads: any RemovalReads
    private let single: SingleCommand
    private let keys: any SealingKeyDestroyer

    /// The work, over the log that `single` appends to.
    public init(reads: any RemovalReads, single: SingleCommand, keys: any SealingKeyDestroyer) {
        self.reads = reads
        self.single = single
        self.keys = keys
    }

    /// One round over all of them; `failed` is told of accounts that have to wait for another one, as an owner does
    /// for the other members if these were deleted too. Those behind it do not wait.
    public func round(failed: @Sendable (UserID, EventLogError) -> Void) async throws(EventLogError) {
        var after = Position.start
        while true {
            let accounts = try await reads.deletedAccounts(after: after, limit: Self.page)
            for account in accounts {
                guard !Task.isCancelled else { return }
                do throws(EventLogError) {
                    try await remove(account)
                } catch {
                    failed(account.user, error)
                }
            }
            guard accounts.count == Self.page, let last = accounts.last else { return }
            after = last.at
        }
    }

    private func remove(_ account: DeletedAccount) async throws(EventLogError) {
        // After its deletion nothing new can come to it: what the tables show as of then is all.
        let remains = try await reads.remains(of: account.user, atLeast: account.at)
        for other in remains.contacts {
            try await carryOut(.removeContact(of: account.user, with: other), account.user)
        }
        var refusal: EventLogError?
        for left in remains.memberships {
            do throws(EventLogError) {
                try await carryOut(.removeMember(account.user, of: left.group, heir: left.heir), account.user)
            } catch {
                guard case .refused = error else { throw error }
                // A group that has to wait keeps nobody waiting for this account in another.
                refusal = error
            }
        }
        if let refusal { throw refusal }
        // Last, so that the event says that nothing is left to do.
        try await keys.destroyPersonKey(of: account.user)
        try await carryOut(.confirmRemoval(account.user), account.user)
    }

    private func carryOut(_ command: Command, _ user: UserID) async throws(EventLogError) {
        guard !Task.isCancelled else { throw .unavailable("another node is elected") }
        _ = try await single.run(command, cause: Cause(actor: user))
    }
}
