import ChatDomain
import ChatProjections
import JSONText

/// What the log says, by the plainest rules: whom each event concerned, where each session began, which texts there are.
struct Truth {
    private struct Opening {
        var position: Int64
        /// After which the feed begins; what the device had acknowledged before may be logged behind its login, and
        /// count all the same.
        var begins: [Int64]
        var isAsked: Bool
    }

    private let events: [ProjectedEvent]
    private var openings: [String: Opening] = [:]
    private(set) var openSessions: Set<String> = []
    /// Where each text stands.
    private(set) var positions: [String: [Int64]] = [:]
    /// The texts of each message, with the position of each; the empty one is that of a recall.
    private var forms: [Int64: [(position: Int64, text: String)]] = [:]
    private var nodes: [String: NodeName] = [:]
    private var cursors: [String: Int64] = [:]
    private var furthest: [UserID: Int64] = [:]
    private var acknowledged: [String: Int64] = [:]
    private var users: [String: Int64] = [:]
    /// The last session of each device.
    private var newest: [String: String] = [:]

    init(_ events: [ProjectedEvent]) {
        self.events = events
        for event in events { follow(event) }
    }

    private mutating func follow(_ event: ProjectedEvent) {
        let position = event.position.value
        switch event.event {
        case .userRegistered(let registered): furthest[registered.user] = position
        case .sessionOpened(let opened): open(opened, position)
        case .sessionClosed(let closed): openSessions.remove(closed.session.value)
        case .nodeLost(let lost): close(lost.node)
        case .nodeJoined(let joined): close(joined.node)
        case .feedAcknowledged(let said):
            for entry in said.entries {
                let key = "\(entry.user) \(entry.device)"
                cursors[key] = max(cursors[key] ?? 0, entry.position.value)
                acknowledged[key] = max(acknowledged[key] ?? 0, entry.position.value)
                furthest[entry.user] = max(furthest[entry.user] ?? 0, entry.position.value)
                raise(key, entry.position.value)
            }
        case .messageSent(let sent):
            positions[sent.text ?? "", default: []].append(position)
            forms[position] = [(position, sent.text ?? "")]
        case .messageEdited(let edited):
            positions[edited.text ?? "", default: []].append(position)
            forms[edited.message.position.value]?.append((position, edited.text ?? ""))
        case .messageRecalled(let recalled): forms[recalled.message.position.value]?.append((position, ""))
        default: break
        }
    }

    private mutating func raise(_ device: String, _ position: Int64) {
        guard let id = newest[device], let opening = openings[id], !opening.isAsked, position <= opening.position
        else { return }
        if position > opening.begins[0] { openings[id]?.begins.append(position) }
    }

    private mutating func open(_ opened: SessionOpened, _ position: Int64) {
        if let replaced = opened.replaced { openSessions.remove(replaced.value) }
        if let forgotten = opened.forgottenSession { openSessions.remove(forgotten.value) }
        let key = "\(opened.user) \(opened.device ?? "")"
        let begin = opened.since?.value ?? cursors[key] ?? furthest[opened.user] ?? 0
        cursors[key] = begin
        furthest[opened.user] = max(furthest[opened.user] ?? 0, begin)
        openings[opened.session.value] = Opening(
            position: position, begins: [begin], isAsked: opened.since != nil)
        newest[key] = opened.session.value
        nodes[opened.session.value] = opened.node
        users[opened.session.value] = opened.user.value
        openSessions.insert(opened.session.value)
    }

    private mutating func close(_ node: NodeName) {
        openSessions = openSessions.filter { nodes[$0] != node }
    }

    /// Who has an open session.
    var usersOnline: Set<Int64> { Set(openSessions.compactMap { users[$0] }) }

    /// How far the log says that a session's device has acknowledged.
    func acknowledged(by session: SeenSession, _ world: World) -> Int64 {
        acknowledged["\(world.persons[session.user].id ?? 0) \(session.device)"] ?? 0
    }

    // MARK: feeds

    /// The positions that a session is to be shown, from where it may have begun; nil if the log does not know it.
    func feed(of session: SeenSession, _ world: World) -> [Int64]? {
        guard let opening = openings[session.id], let whole = feed(of: session, opening, world) else { return nil }
        let seen = session.pushes.filter(\.isFeed).map(\.position)
        let feeds = opening.begins.map { begin in whole.filter { $0 > begin } }
        return feeds.last { $0.prefix(seen.count) == seen[...] } ?? feeds[0]
    }

    private func feed(of session: SeenSession, _ opening: Opening, _ world: World) -> [Int64]? {
        guard opening.position == session.openedAt,
            let user = world.persons[session.user].id.map({ UserID($0) })
        else { return nil }
        var standing = Standing()
        var shown: [Int64] = []
        for event in events {
            let concerns = standing.concerns(event, user)
            if concerns, event.position.value > opening.begins[0], event.session?.value != session.id {
                shown.append(event.position.value)
            }
        }
        return shown
    }

    /// A message is shown in a form that it had, and in a backlog in none that was over at the login.
    func wrongText(_ push: SeenPush, openedAt: Int64) -> String? {
        guard push.method == "message", let text = push.params["text"]?.stringValue,
            let forms = forms[push.position]
        else { return nil }
        guard forms.contains(where: { $0.text == text }) else { return "\(push.position) never said \(text)" }
        guard push.position <= openedAt else { return nil }
        if forms.contains(where: { $0.text.isEmpty && $0.position <= openedAt }), !text.isEmpty {
            return "\(push.position) was taken back, and shown"
        }
        return nil
    }
}

/// What one user is to groups at a place of the log.
private struct Standing {
    private var joined: [GroupID: Int64] = [:]
    private var administered: Set<GroupID> = []

    /// Whether an event is in the user's feed; follows what it changes.
    mutating func concerns(_ event: ProjectedEvent, _ user: UserID) -> Bool {
        switch event.event {
        case .messageSent(let sent): return takesPart(in: sent.conversation, user, since: event.position.value)
        case .messageEdited(let edited): return reads(edited.message, user)
        case .messageRecalled(let recalled): return reads(recalled.message, user)
        case .friendRequested(let asked): return [asked.from, asked.to].contains(user)
        case .friendshipMade(let made): return [made.from, made.to].contains(user)
        case .friendshipEnded(let ended): return [ended.by, ended.with].contains(user)
        case .memberInvited(let invited): return invited.user == user || administered.contains(invited.group)
        case .groupCreated(let created):
            guard created.owner == user else { return false }
            joined[created.group] = event.position.value
            administered.insert(created.group)
            return true
        case .memberJoined(let member):
            if member.user == user { joined[member.group] = event.position.value }
            return joined[member.group] != nil
        case .memberLeft(let member): return leaves(member.group, member.user, user)
        case .memberKicked(let member): return leaves(member.group, member.user, user)
        case .invitationDeclined(let told): return told.user == user || administered.contains(told.group)
        case .invitationWithdrawn(let told): return told.user == user || administered.contains(told.group)
        default: return false
        }
    }

    private mutating func leaves(_ group: GroupID, _ member: UserID, _ user: UserID) -> Bool {
        guard joined[group] != nil else { return false }
        if member == user {
            joined[group] = nil
            administered.remove(group)
        }
        return true
    }

    private func takesPart(in conversation: Conversation, _ user: UserID, since position: Int64) -> Bool {
        switch conversation {
        case .direct(let one, let other): user == one || user == other
        case .group(let group): joined[group].map { $0 < position } ?? false
        }
    }

    private func reads(_ message: MessageReference, _ user: UserID) -> Bool {
        takesPart(in: message.conversation, user, since: message.position.value)
    }
}
