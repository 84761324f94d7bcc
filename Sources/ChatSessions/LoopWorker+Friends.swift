import ChatApplication
import ChatDomain
import JSONText
import WireProtocol

/// `addfriend`, `acceptfriend`, `rejectfriend`, `removefriend`, `block`, `unblock`, `friends`.
extension LoopWorker {
    func addFriend(_ call: Call) throws -> CommandCall { try friendCommand(call) { .addFriend($0) } }

    func acceptFriend(_ call: Call) throws -> CommandCall { try friendCommand(call) { .acceptFriend($0) } }

    func rejectFriend(_ call: Call) throws -> CommandCall { try friendCommand(call) { .rejectFriend($0) } }

    func removeFriend(_ call: Call) throws -> CommandCall { try friendCommand(call) { .removeFriend($0) } }

    func block(_ call: Call) throws -> CommandCall { try friendCommand(call) { .block($0) } }

    func unblock(_ call: Call) throws -> CommandCall { try friendCommand(call) { .unblock($0) } }

    private func friendCommand(
        _ call: Call, _ make: @escaping @Sendable (UserID) -> Command
    ) throws -> CommandCall {
        let user = try call.parameters.user("user")
        return CommandCall(request: try request(call, plan: resolving(user, make))) { result, _ in
            if case .friendState(let state) = result { ["state": .string(state.rawValue)] } else { [:] }
        }
    }

    func friends(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let after = try call.parameters.optionalInteger("after", in: 0...Int64.max).map { UserID($0) }
        let limit = try call.parameters.limit(default: 500, maximum: 500)
        let page = try await services.reads.friends(
            of: session.user, after: after, limit: limit, atLeast: session.told)
        let others = after == nil ? (page.requests, page.requested, page.blocked) : ([], [], [])
        // They are small beside a frame, but not beside a batch's share of one.
        let requests = fitting(others.0.map(\.json), into: call.budget / 4)
        let requested = fitting(others.1.map(\.json), into: call.budget / 4)
        let blocked = fitting(others.2.map(\.json), into: call.budget / 4)
        let taken = requests.bytes + requested.bytes + blocked.bytes
        let fitted = fitting(page.friends.map(friend), into: call.budget - Self.listNames - taken)
        let isCut = fitted.isCut || requests.isCut || requested.isCut || blocked.isCut
        return [
            "more": .bool(page.more || isCut), "friends": .array(fitted.entries),
            "requests": .array(requests.entries), "requested": .array(requested.entries),
            "blocked": .array(blocked.entries),
        ]
    }

    func friend(_ friend: FriendsPage.Friend) -> JSONValue {
        var object: JSONObject = [
            "id": .integer(friend.user.id.value), "name": friend.user.name.map { .string($0) } ?? .null,
            "online": .bool(friend.isOnline),
        ]
        if !friend.isOnline, let seen = friend.lastSeen {
            object["lastSeen"] = .string(WireTime.text(microseconds: seen))
        }
        return .object(object)
    }

    /// Bytes of a result around its lists.
    static var listNames: Int { 256 }

    /// The entries that fit into so many bytes, their own bytes, and whether some had to be left out.
    func fitting(_ entries: [JSONValue], into limit: Int) -> (entries: [JSONValue], bytes: Int, isCut: Bool) {
        var bytes = 0
        for (index, entry) in entries.enumerated() {
            let size = entry.encoded().count + 1
            if bytes + size > limit { return (Array(entries[..<index]), bytes, true) }
            bytes += size
        }
        return (entries, bytes, false)
    }
}
