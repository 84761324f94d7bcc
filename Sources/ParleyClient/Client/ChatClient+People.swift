import JSONText

/// Accounts, friends and groups. Each of these throws what ``call(_:_:key:)`` throws.
extension ChatClient {
    /// Makes an account; it does not log in.
    @discardableResult
    public func register(_ name: String, password: String) async throws -> User? {
        User(try await call(Wire.Method.register, ["name": .string(name), "password": .string(password)])["user"])
    }

    /// Ends the session and its token. The connection stays, for another login.
    public func logOut() async throws {
        try await call(Wire.Method.logout)
    }

    /// Changes the password, which ends all other sessions and tokens of the user.
    public func changePassword(from old: String, to new: String) async throws {
        try await call(Wire.Method.changePassword, ["old": .string(old), "new": .string(new)])
    }

    /// Users whose names begin so, at most 50.
    public func findUsers(_ beginning: String) async throws -> [User] {
        let result = try await call(Wire.Method.findUser, ["query": .string(beginning)])
        return (result["users"]?.arrayValue ?? []).compactMap { User($0) }
    }

    /// Asks somebody to be a friend; true if the two are friends now, because the other side had asked already.
    @discardableResult
    public func addFriend(_ user: UserReference) async throws -> Bool {
        try await call("addfriend", ["user": user.json])["state"] == "friends"
    }

    /// Accepts such a request.
    public func acceptFriend(_ user: UserReference) async throws {
        try await call("acceptfriend", ["user": user.json])
    }

    /// Rejects such a request; nobody is told.
    public func rejectFriend(_ user: UserReference) async throws {
        try await call("rejectfriend", ["user": user.json])
    }

    /// Ends a friendship, or takes back a request.
    public func removeFriend(_ user: UserReference) async throws {
        try await call("removefriend", ["user": user.json])
    }

    /// Hears nothing more from somebody, or does again.
    public func block(_ user: UserReference, _ isBlocked: Bool = true) async throws {
        try await call(isBlocked ? "block" : "unblock", ["user": user.json])
    }

    /// Makes a group, whose owner one is. Anyone may join an open one.
    public func createGroup(_ name: String, isOpen: Bool = true) async throws -> Group? {
        let visibility = isOpen ? "open" : "invite"
        return Group(
            try await call("creategroup", ["name": .string(name), "visibility": .string(visibility)])["group"])
    }

    /// Joins an open group, or accepts an invitation.
    @discardableResult
    public func joinGroup(_ group: Int64) async throws -> Group? {
        Group(try await call("joingroup", ["group": .integer(group)])["group"])
    }

    /// Leaves a group, or declines an invitation.
    public func leaveGroup(_ group: Int64) async throws {
        try await call("leavegroup", ["group": .integer(group)])
    }

    /// Invites somebody into a group.
    public func invite(_ user: UserReference, into group: Int64) async throws {
        try await call("invite", ["group": .integer(group), "user": user.json])
    }

    /// Removes somebody from a group, or takes an invitation back.
    public func kick(_ user: UserReference, from group: Int64) async throws {
        try await call("kick", ["group": .integer(group), "user": user.json])
    }
}
