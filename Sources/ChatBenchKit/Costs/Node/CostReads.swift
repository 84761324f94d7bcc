import ChatApplication
import ChatDomain
import WireProtocol

/// Read tables that know who is a member of the one group, and nothing else.
struct CostReads: ReadModels {
    let community: CostCommunity
    /// Where the relay finds each user's session.
    var sessions: [OpenSessionRow] = []

    private static let unasked = EventLogError.refused("nobody asks this while costs are measured")

    func friends(
        of user: UserID, after: UserID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> FriendsPage {
        FriendsPage(friends: [], more: false, requests: [], requested: [], blocked: [])
    }

    func groups(
        of user: UserID, after: GroupID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> GroupsPage { GroupsPage(groups: [], more: false, invitations: []) }

    func backlog(
        of user: UserID, after: Position, upTo: Position, limit: Int
    ) async throws(EventLogError) -> BacklogPage {
        BacklogPage(entries: [], through: upTo, groups: [CostCommunity.group: .start])
    }

    func cursor(of user: UserID, device: String, atLeast: Position) async throws(EventLogError) -> Position { atLeast }

    func contacts(of user: UserID, blocks: Int, atLeast: Position) async throws(EventLogError) -> Contacts {
        var contacts = Contacts()
        contacts.friends = [community.partner(of: user)]
        return contacts
    }

    func routingSnapshot() async throws(EventLogError) -> RoutingSnapshot {
        RoutingSnapshot(
            sessions: sessions, sessionsAt: .start, members: community.users.map { (CostCommunity.group, $0) },
            admins: [], membersAt: .start)
    }

    func sessionSnapshot() async throws(EventLogError) -> (sessions: [OpenSessionRow], at: Position) {
        (sessions, .start)
    }
}

extension CostReads {
    func groupCount(of user: UserID) async throws(EventLogError) -> Int { throw Self.unasked }

    func invitationCounts(
        to invited: UserID?, by inviter: UserID
    ) async throws(EventLogError) -> (received: Int, sent: Int) { throw Self.unasked }

    func groupInfo(
        _ group: GroupID, asker: UserID, after: UserID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> GroupPage? { throw Self.unasked }

    func sessions(of user: UserID, limit: Int, atLeast: Position) async throws(EventLogError) -> SessionsPage {
        throw Self.unasked
    }

    func findUsers(foldedPrefix: String, limit: Int, atLeast: Position) async throws(EventLogError) -> [WireUser] {
        throw Self.unasked
    }

    func findGroups(
        foldedPrefix: String, asker: UserID, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> [WireGroup] { throw Self.unasked }

    func messages(
        in conversation: Conversation, from: Position, after: Int64?, before: Int64?, limit: Int
    ) async throws(EventLogError) -> (events: [RecordedEvent], more: Bool, archived: Bool) { throw Self.unasked }

    func messages(at positions: [Position]) async throws(EventLogError) -> [RecordedEvent] { throw Self.unasked }

    func conversations(
        of user: UserID, before: Position?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> ConversationsPage { throw Self.unasked }

    func readSeq(of user: UserID, in conversation: Conversation) async throws(EventLogError) -> Int64 {
        throw Self.unasked
    }

    func marks(of messages: [MessageAsked], atLeast: Position) async throws(EventLogError) -> [MessageMarks] {
        throw Self.unasked
    }

    func search(_ request: SearchRequest, atLeast: Position) async throws(EventLogError) -> SearchPage {
        throw Self.unasked
    }

    func joined(_ group: GroupID, user: UserID, atLeast: Position) async throws(EventLogError) -> Position? {
        throw Self.unasked
    }
}
