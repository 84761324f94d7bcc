public import ChatDomain
public import WireProtocol
import EventCodec

/// What pushes and results show of users and groups: names by number, bounded, fetched from the log's heads.
///
/// A user's name changes only when the account is deleted, so it is kept; a group is asked for anew by each page that
/// shows it, for its settings and members change on any node.
public final class Directory {
    private let log: any EventLog
    private let limit: Int
    /// A known name; the inner nil is that of somebody who is no more.
    private var users: GenerationalCache<UserID, String?>
    private var groups: GenerationalCache<GroupID, (settings: GroupState, members: Int)>
    /// Users of whom it is known that they are no more: what is fetched may be older than that.
    private var deleted: Set<UserID> = []

    /// A directory of two generations of at most `limit` users and groups. Others may fetch while one waits: who was
    /// known before still is, unless they fetched `limit` others.
    public init(log: any EventLog, limit: Int = 100_000) {
        self.log = log
        self.limit = limit
        users = GenerationalCache(limit: limit)
        groups = GenerationalCache(limit: limit)
    }

    /// Fetches what is missing of these users, and these groups as they are now.
    public func fetch(users wantedUsers: Set<UserID>, groups wantedGroups: Set<GroupID>) async throws(EventLogError) {
        let missingUsers = wantedUsers.filter { users.find($0) == nil }
        let streams =
            missingUsers.map { StreamName.account($0) } + wantedGroups.map { StreamName.group($0) }
            + wantedGroups.map { StreamName.roster($0) }
        guard !streams.isEmpty else { return }
        let heads = try await log.heads(of: streams)
        for (user, head) in zip(missingUsers, heads) {
            guard case .account(let account)? = VersionedState(head).state else { continue }
            users.store(user, deleted.contains(user) ? nil : account.name)
        }
        let (settings, rosters) = (missingUsers.count, missingUsers.count + wantedGroups.count)
        for (offset, group) in wantedGroups.enumerated() {
            guard case .group(let state)? = VersionedState(heads[settings + offset]).state else { continue }
            var members = 0
            if case .roster(let roster)? = VersionedState(heads[rosters + offset]).state { members = roster.members }
            groups.store(group, (state, members))
        }
    }

    /// The settings that a group had at a position; nil if there was none. Reads what happened to them until then.
    func settings(of group: GroupID, asOf position: Position) async throws(EventLogError) -> GroupState? {
        let stream = StreamName.group(group)
        var state: StreamState?
        var after = Position.start
        while true {
            let events = try await log.read(stream: stream, after: after, limit: Self.page)
            for event in events {
                guard event.position <= position else { return Self.settings(state) }
                do throws(EventCodecError) {
                    let decoded = try EventCodec.decode(
                        type: event.type, schema: event.schema, payload: event.payload, stream: stream, opener: nil)
                    state = StreamState.evolve(state, stream: stream, event: decoded, at: event.recordedAt)
                } catch {
                    throw .refused("event \(event.position): \(error)")
                }
            }
            guard let last = events.last else { return Self.settings(state) }
            after = last.position
        }
    }

    private static func settings(_ state: StreamState?) -> GroupState? {
        if case .group(let group)? = state { group } else { nil }
    }

    /// Events of a group that are read at once.
    private static let page = 500

    /// A user has deleted the account: nobody is shown the name any more.
    public func forget(_ user: UserID) {
        // Of those who went long ago nothing is on its way any more.
        if deleted.count >= limit { deleted = [] }
        deleted.insert(user)
        users.store(user, nil)
    }

    /// Follows what an event changes.
    func follow(_ change: RoutingChange?) {
        if case .sessionsEnded(let ended) = change, ended.isDeleted { forget(ended.user) }
    }

    /// A user as others see one; without a name if deleted or not fetched.
    public func user(_ id: UserID) -> WireUser { WireUser(id: id, name: users.peek(id) ?? nil) }

    /// A group as it was when it was fetched, with another number of members if one is given; nil if not fetched.
    public func group(_ id: GroupID, members: Int? = nil) -> WireGroup? {
        groups.peek(id).map { group in
            WireGroup(
                id: id, name: group.settings.name, description: group.settings.description,
                visibility: group.settings.visibility, members: members ?? group.members)
        }
    }
}
