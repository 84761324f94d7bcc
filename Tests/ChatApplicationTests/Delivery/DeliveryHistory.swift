import ChatApplication
import ChatDomain
import WireProtocol

/// What has happened, kept as plain lists: whom each event concerned then, and what read tables would say.
final class DeliveryHistory {
    private(set) var events: [ChatEvent] = []
    /// The nodes that each event concerns, by position; nil for every node.
    private var concerns: [Set<NodeName>?] = []
    /// From where a node is to have everything.
    var begins: [NodeName: Int64] = [:]

    func add(_ event: ChatEvent) {
        let before = Self.fold(events)
        events.append(event)
        let after = Self.fold(events)
        switch event.routing {
        case .sessionOpened, .sessionClosed, .nodeLost: concerns.append(nil)
        case .blocked(let block), .unblocked(let block):
            let nodes = after.sessions.filter { [block.by, block.user].contains($0.user) }.map(\.node)
            concerns.append(Set(nodes))
        default:
            let users =
                event.audience.users + members(event.audience.group, before.members + after.members)
                + members(event.audience.admins, after.admins)
            concerns.append(Set(after.sessions.filter { users.contains($0.user) }.map(\.node)))
        }
    }

    private func members(_ group: GroupID?, _ rows: [(group: GroupID, user: UserID)]) -> [UserID] {
        rows.filter { $0.group == group }.map(\.user)
    }

    /// The positions of what a node must be given.
    func concerned(_ node: NodeName) -> [Int64] {
        concerns.indices.filter { concerns[$0]?.contains(node) ?? true }.map { Int64($0 + 1) }
            .filter { $0 > begins[node] ?? 0 }
    }

    var openSessions: [OpenSessionRow] { Self.fold(events).sessions }

    var members: [(group: GroupID, user: UserID)] { Self.fold(events).members }

    func snapshot(sessionsAt: Int64, membersAt: Int64) -> RoutingSnapshot {
        let members = Self.fold(Array(events.prefix(Int(membersAt))))
        return RoutingSnapshot(
            sessions: Self.fold(Array(events.prefix(Int(sessionsAt)))).sessions, sessionsAt: Position(sessionsAt),
            members: members.members, admins: members.admins, membersAt: Position(membersAt))
    }

    private struct Folded {
        var sessions: [OpenSessionRow] = []
        var members: [(group: GroupID, user: UserID)] = []
        var admins: [(group: GroupID, user: UserID)] = []

        mutating func follow(_ changed: RoleChanged) {
            admins.removeAll { $0 == (changed.group, changed.user) }
            if changed.role == .admin { admins.append((changed.group, changed.user)) }
        }
    }

    private static func fold(_ events: [ChatEvent]) -> Folded {
        var folded = Folded()
        for event in events {
            switch event {
            case .sessionOpened(let opened):
                folded.sessions.removeAll { $0.session == opened.replaced }
                folded.sessions.append(
                    OpenSessionRow(session: opened.session, user: opened.user, node: opened.node))
            case .sessionClosed(let closed): folded.sessions.removeAll { $0.session == closed.session }
            case .nodeLost(let lost): folded.sessions.removeAll { $0.node == lost.node }
            case .memberJoined(let joined): folded.members.append((joined.group, joined.user))
            case .memberLeft(let left):
                folded.members.removeAll { $0 == (left.group, left.user) }
                folded.admins.removeAll { $0 == (left.group, left.user) }
            case .roleChanged(let changed): folded.follow(changed)
            default: break
            }
        }
        return folded
    }
}

/// Read tables that know only where the relay begins.
struct SnapshotReads: ReadModels {
    var snapshot: RoutingSnapshot

    func routingSnapshot() async throws(EventLogError) -> RoutingSnapshot { snapshot }

    func sessionSnapshot() async throws(EventLogError) -> (sessions: [OpenSessionRow], at: Position) {
        (snapshot.sessions, snapshot.sessionsAt)
    }

    func friends(
        of user: UserID, after: UserID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> FriendsPage { throw .unavailable("not asked for") }

    func groups(
        of user: UserID, after: GroupID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> GroupsPage { throw .unavailable("not asked for") }

    func groupCount(of user: UserID) async throws(EventLogError) -> Int { throw .unavailable("not asked for") }

    func invitationCounts(
        to invited: UserID?, by inviter: UserID
    ) async throws(EventLogError) -> (received: Int, sent: Int) { throw .unavailable("not asked for") }

    func groupInfo(
        _ group: GroupID, asker: UserID, after: UserID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> GroupPage? { throw .unavailable("not asked for") }

    func findUsers(foldedPrefix: String, limit: Int, atLeast: Position) async throws(EventLogError) -> [WireUser] {
        throw .unavailable("not asked for")
    }

    func findGroups(
        foldedPrefix: String, asker: UserID, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> [WireGroup] { throw .unavailable("not asked for") }

    func messages(
        in conversation: Conversation, from: Position, after: Int64?, before: Int64?, limit: Int
    ) async throws(EventLogError) -> (events: [RecordedEvent], more: Bool, archived: Bool) {
        throw .unavailable("not asked for")
    }

    func sessions(of user: UserID, limit: Int, atLeast: Position) async throws(EventLogError) -> SessionsPage {
        throw .unavailable("not asked for")
    }

    func messages(at positions: [Position]) async throws(EventLogError) -> [RecordedEvent] {
        throw .unavailable("not asked for")
    }

    func conversations(
        of user: UserID, before: Position?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> ConversationsPage { throw .unavailable("not asked for") }

    func search(_ request: SearchRequest, atLeast: Position) async throws(EventLogError) -> SearchPage {
        throw .unavailable("not asked for")
    }

    func readSeq(of user: UserID, in conversation: Conversation) async throws(EventLogError) -> Int64 {
        throw .unavailable("not asked for")
    }

    func marks(of messages: [MessageAsked], atLeast: Position) async throws(EventLogError) -> [MessageMarks] {
        throw .unavailable("not asked for")
    }

    func joined(_ group: GroupID, user: UserID, atLeast: Position) async throws(EventLogError) -> Position? {
        throw .unavailable("not asked for")
    }

    func backlog(
        of user: UserID, after: Position, upTo: Position, limit: Int
    ) async throws(EventLogError) -> BacklogPage { throw .unavailable("not asked for") }

    func cursor(of user: UserID, device: String, atLeast: Position) async throws(EventLogError) -> Position {
        throw .unavailable("not asked for")
    }

    func contacts(of user: UserID, blocks: Int, atLeast: Position) async throws(EventLogError) -> Contacts {
        throw .unavailable("not asked for")
    }
}
