public import ChatDomain
public import WireProtocol
import EventCodec

/// What pushes and results show of users and groups: names by number, bounded, fetched from the log's heads.
///
/// A user's name changes only when the account is deleted; a group's settings by the events that pass through here.
public final class Directory {
    private let log: any EventLog
    private let limit: Int
    private var users: [UserID: String?] = [:]
    private var groups: [GroupID: GroupState] = [:]

    /// A directory of at most `limit` users and as many groups; when it is full it starts over, with who is wanted.
    public init(log: any EventLog, limit: Int = 200_000) {
        self.log = log
        self.limit = limit
    }

    /// Fetches what is missing of these users and groups.
    public func fetch(users wantedUsers: Set<UserID>, groups wantedGroups: Set<GroupID>) async throws(EventLogError) {
        let missingUsers = wantedUsers.filter { users[$0] == nil }
        let missingGroups = wantedGroups.filter { groups[$0] == nil }
        let streams = missingUsers.map { StreamName.account($0) } + missingGroups.map { StreamName.group($0) }
        guard !streams.isEmpty else { return }
        let heads = try await log.heads(of: streams)
        if users.count > limit { users = users.filter { wantedUsers.contains($0.key) } }
        if groups.count > limit { groups = groups.filter { wantedGroups.contains($0.key) } }
        for (user, head) in zip(missingUsers, heads) {
            guard case .account(let account)? = VersionedState(head).state else { continue }
            users[user] = .some(account.name)
        }
        for (group, head) in zip(missingGroups, heads.dropFirst(missingUsers.count)) {
            if case .group(let state)? = VersionedState(head).state { groups[group] = state }
        }
    }

    /// A user as others see one; without a name if deleted or not fetched.
    public func user(_ id: UserID) -> WireUser { WireUser(id: id, name: users[id] ?? nil) }

    /// A group with a number of members; nil if not fetched.
    public func group(_ id: GroupID, members: Int) -> WireGroup? {
        groups[id].map {
            WireGroup(
                id: id, name: $0.name, description: $0.description, visibility: $0.visibility, members: members)
        }
    }
}
