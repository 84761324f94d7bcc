import ChatApplication
import ChatDomain
import ChatProjections
import ChatTestKit
import WireProtocol

/// The read tables as a node asks them: what the real adapter says in SQL, over tables in memory.
struct SimulatedReads: ReadModels {
    let database: SimulatedDatabase

    var tables: ReadTables { database.tables }

    func query<Value: Sendable>(
        _ names: [String], atLeast position: Position, _ body: @escaping @Sendable (ReadTables) -> Value
    ) async throws(EventLogError) -> Value {
        try await database.ask("a query") { [database] () async throws(EventLogError) in
            try await database.tables.wait(for: names, atLeast: position)
            return body(database.tables)
        }
    }

    func friends(
        of user: UserID, after: UserID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> FriendsPage {
        try await query(["friend", "user", "session"], atLeast: atLeast) { tables in
            let mine = tables.rows(FriendProjection.friends, of: "friend").filter { $0[0].number == user.value }
            let friends = mine.map { row in
                let friend = UserID(row[1].number ?? 0)
                let devices = tables.rows(SessionProjection.devices, of: "session").filter {
                    $0[0].number == friend.value
                }
                return FriendsPage.Friend(
                    user: tables.user(friend), isOnline: devices.contains { $0[3].truth },
                    lastSeen: devices.compactMap { $0[2].number }.max())
            }
            let requests = tables.rows(FriendProjection.requests, of: "friend")
            return FriendsPage(
                friends: friends, more: false,
                requests: requests.filter { $0[1].number == user.value }.map { tables.user(UserID($0[0].number ?? 0)) },
                requested: requests.filter { $0[0].number == user.value }.map {
                    tables.user(UserID($0[1].number ?? 0))
                }, blocked: [])
        }
    }

    func contacts(of user: UserID, blocks: Int, atLeast: Position) async throws(EventLogError) -> Contacts {
        try await query(["friend"], atLeast: atLeast) { tables in
            var contacts = Contacts()
            for row in tables.rows(FriendProjection.friends, of: "friend") where row[0].number == user.value {
                contacts.friends.append(UserID(row[1].number ?? 0))
            }
            for row in tables.rows(FriendProjection.blocks, of: "friend") {
                let block = Block(by: UserID(row[0].number ?? 0), user: UserID(row[1].number ?? 0))
                if block.by == user || block.user == user { contacts.blocks.append(block) }
            }
            return contacts
        }
    }

    func groups(
        of user: UserID, after: GroupID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> GroupsPage {
        try await query(["group"], atLeast: atLeast) { tables in
            let groups = tables.memberships(of: user).compactMap { tables.group($0.group, role: $0.role) }
            return GroupsPage(groups: groups, more: false, invitations: [])
        }
    }

    func groupCount(of user: UserID) async throws(EventLogError) -> Int {
        let head = try await database.log.head()
        return try await query(["group"], atLeast: head) { $0.memberships(of: user).count }
    }

    func invitationCounts(
        to invited: UserID?, by inviter: UserID
    ) async throws(EventLogError) -> (received: Int, sent: Int) {
        let head = try await database.log.head()
        return try await query(["group"], atLeast: head) { tables in
            let rows = tables.rows(GroupProjection.invitations, of: "group")
            return (
                rows.count { $0[1].number == invited?.value }, rows.count { $0[2].number == inviter.value }
            )
        }
    }

    func joined(_ group: GroupID, user: UserID, atLeast: Position) async throws(EventLogError) -> Position? {
        try await query(["group"], atLeast: atLeast) { tables in
            let key: [ColumnValue] = [.integer(group.value), .integer(user.value)]
            return tables.row(GroupProjection.members, of: "group", key)?[4].number.map { Position($0) }
        }
    }

    func cursor(of user: UserID, device: String, atLeast: Position) async throws(EventLogError) -> Position {
        let row = try await query(["offline"], atLeast: atLeast) { tables in
            tables.row(OfflineProjection.cursors, of: "offline", [.integer(user.value), .text(device)])
        }
        guard let position = row?[2].number else { throw .unavailable("the device has no cursor") }
        return Position(position)
    }

    func routingSnapshot() async throws(EventLogError) -> RoutingSnapshot {
        try await query([], atLeast: .start) { tables in
            let members = tables.rows(GroupProjection.members, of: "group")
            func pair(_ row: [ColumnValue]) -> (group: GroupID, user: UserID) {
                (GroupID(row[0].number ?? 0), UserID(row[1].number ?? 0))
            }
            return RoutingSnapshot(
                sessions: tables.openSessions, sessionsAt: tables.position(of: "session"),
                members: members.map(pair), admins: members.filter { $0[2].words != "member" }.map(pair),
                membersAt: tables.position(of: "group"))
        }
    }

    func sessionSnapshot() async throws(EventLogError) -> (sessions: [OpenSessionRow], at: Position) {
        try await query([], atLeast: .start) { ($0.openSessions, $0.position(of: "session")) }
    }
}

extension ReadTables {
    func user(_ user: UserID) -> WireUser {
        WireUser(id: user, name: row(UserProjection.users, of: "user", [.integer(user.value)])?[1].words)
    }

    func memberships(of user: UserID) -> [(group: GroupID, role: Role?)] {
        rows(GroupProjection.members, of: "group").filter { $0[1].number == user.value }.map {
            (GroupID($0[0].number ?? 0), $0[2].words.flatMap(Role.init))
        }
    }

    func group(_ group: GroupID, role: Role?) -> WireGroup? {
        guard let row = row(GroupProjection.groups, of: "group", [.integer(group.value)]) else { return nil }
        return WireGroup(
            id: group, name: row[1].words ?? "", description: row[3].words ?? "",
            visibility: row[4].words.flatMap(Visibility.init) ?? .invite, members: Int(row[6].number ?? 0), role: role)
    }

    var openSessions: [OpenSessionRow] {
        rows(SessionProjection.sessions, of: "session").filter { $0[7].truth }.map { row in
            OpenSessionRow(
                session: SessionID(row[0].words ?? ""), user: UserID(row[1].number ?? 0),
                node: NodeName(row[3].words ?? ""))
        }
    }
}
