public import ChatDomain

/// The chat's rules a second time, as sets of plain facts without events, to compare the deciders with.
public struct ChatModel: Sendable {
    struct Pair: Hashable, Sendable {
        var from: UserID
        var to: UserID
        init(_ from: UserID, _ to: UserID) {
            self.from = from
            self.to = to
        }
    }

    struct Group: Sendable {
        var state: GroupState
        var roles: [UserID: Role]
        var invited: Set<UserID> = []
        var kicked: Set<UserID> = []
    }

    /// The limits.
    public let limits: DomainLimits
    var names: [String: UserID] = [:]
    var passwords: [UserID: String] = [:]
    /// Users who deleted their accounts.
    var deleted: Set<UserID> = []
    var requests: Set<Pair> = []
    /// Both ways round.
    var friendships: Set<Pair> = []
    var blocks: Set<Pair> = []
    var groups: [GroupID: Group] = [:]
    var messages: [Conversation: [ModelMessage]] = [:]
    /// Up to where users have said to have read.
    var reads: [StreamName: Int64] = [:]
    var sessions = SessionModel()

    /// Nobody and nothing.
    public init(limits: DomainLimits) { self.limits = limits }

    /// The digest under which a user's name is held; one that nobody has if there is none.
    public func nameDigest(of user: UserID) -> String { names.first { $0.value == user }?.key ?? "none" }

    /// How many groups a user is in.
    public func groupCount(of user: UserID) -> Int { groups.values.count { $0.roles[user] != nil } }

    /// What the command's answer must be; changes the facts if it is no refusal.
    public mutating func answer(
        _ command: Command, by actor: UserID?, at now: Int64
    ) throws(Refusal) -> CommandResult {
        switch command {
        case .register(let command): return try register(command)
        case .openSession(let command):
            let isKnown = passwords[command.user] != nil
            return try sessions.open(
                command, password: passwords[command.user], isKnown: isKnown, limits: limits, at: now)
        case .closeSession(let command): return sessions.close(command, at: now)
        case .joinCluster, .leaveCluster: return .done
        default: break
        }
        guard let actor, passwords[actor] != nil else { throw .notLoggedIn }
        switch command {
        case .endSession(let session): return try sessions.end(session, of: actor)
        case .endDevice(let device): return try sessions.endDevice(device, of: actor)
        case .changePassword(let command): return try changePassword(actor, command)
        case .deleteAccount(let command): return try deleteAccount(actor, command)
        case .addFriend(let other): return try addFriend(actor, other)
        case .acceptFriend(let other): return try acceptFriend(actor, other)
        case .rejectFriend(let other): return try rejectFriend(actor, other)
        case .removeFriend(let other): return try removeFriend(actor, other)
        case .block(let other): return try block(actor, other)
        case .unblock(let other): return try unblock(actor, other)
        case .sendMessage(let command): return try send(actor, command)
        case .readConversation(let command): return try read(actor, command)
        default: return try groupAnswer(command, by: actor)
        }
    }

    private mutating func groupAnswer(_ command: Command, by actor: UserID) throws(Refusal) -> CommandResult {
        switch command {
        case .createGroup(let command): return try createGroup(actor, command)
        case .updateGroup(let command): return try updateGroup(actor, command)
        case .joinGroup(let group, _): return try joinGroup(actor, group)
        case .leaveGroup(let group): return try leaveGroup(actor, group)
        case .deleteGroup(let group): return try deleteGroup(actor, group)
        case .invite(let command): return try invite(actor, command)
        case .kick(let group, let user): return try kick(actor, group, user)
        case .setRole(let group, let user, let role): return try setRole(actor, group, user, role)
        default: return try markAnswer(command, by: actor)
        }
    }

    private mutating func register(_ command: Register) throws(Refusal) -> CommandResult {
        if names[command.nameDigest] != nil { throw .nameTaken }
        if passwords[command.user] != nil || deleted.contains(command.user) { throw .unavailable }
        names[command.nameDigest] = command.user
        passwords[command.user] = command.passwordHash
        return .registered(command.user, name: command.name)
    }

    private mutating func changePassword(_ me: UserID, _ command: ChangePassword) throws(Refusal) -> CommandResult {
        if passwords[me] != command.fits { throw .badCredentials }
        passwords[me] = command.newHash
        sessions.endAll(of: me, but: command.session)
        return .done
    }

    private mutating func deleteAccount(_ me: UserID, _ command: DeleteAccount) throws(Refusal) -> CommandResult {
        if passwords[me] != command.fits { throw .badCredentials }
        if names[command.nameDigest] != me { throw .unavailable }
        names[command.nameDigest] = nil
        passwords[me] = nil
        deleted.insert(me)
        sessions.endAll(of: me, but: nil)
        sessions.devices[me] = nil
        return .done
    }

    private mutating func send(_ me: UserID, _ command: SendMessage) throws(Refusal) -> CommandResult {
        let conversation: Conversation
        switch command.target {
        case .user(let other):
            try requireOther(me, other)
            if isBlocked(me, other) || isBlocked(other, me) { throw .forbidden }
            conversation = .direct(between: me, and: other)
        case .group(let id):
            guard let group = groups[id], !group.state.isDeleted else { throw .noSuchGroup }
            if group.roles[me] == nil { throw .notAMember }
            conversation = .group(id)
        }
        if !command.canReadReplied { throw .noSuchMessage }
        messages[conversation, default: []].append(ModelMessage(from: me))
        return .sent(conversation)
    }

    private mutating func read(_ me: UserID, _ command: ReadConversation) throws(Refusal) -> CommandResult {
        switch command.conversation {
        case .direct(let one, let other): if me != one && me != other { throw .forbidden }
        case .group(let id):
            guard let group = groups[id], !group.state.isDeleted, group.roles[me] != nil else { throw .notAMember }
        }
        let seq = min(command.seq, command.last)
        let stream = StreamName.read(command.conversation, by: me)
        if seq > max(reads[stream] ?? 0, command.alreadyRead) { reads[stream] = seq }
        return .done
    }

    func requireOther(_ me: UserID, _ other: UserID) throws(Refusal) {
        if me == other { throw .selfNotAllowed }
        if passwords[other] == nil { throw .noSuchUser }
    }
}

// MARK: Friends

extension ChatModel {
    private mutating func addFriend(_ me: UserID, _ other: UserID) throws(Refusal) -> CommandResult {
        try requireOther(me, other)
        if friendships.contains(Pair(me, other)) { throw .alreadyFriends }
        if requests.contains(Pair(me, other)) { throw .alreadyRequested }
        if requests.contains(Pair(other, me)) { return try befriend(me, other) }
        if isBlocked(me, other) || isBlocked(other, me) { throw .forbidden }
        let sent = requests.count { $0.from == me }
        let received = requests.count { $0.to == other }
        if sent >= limits.userRequests || received >= limits.userRequests { throw .tooMany }
        requests.insert(Pair(me, other))
        return .friendState(.requested)
    }

    private mutating func acceptFriend(_ me: UserID, _ other: UserID) throws(Refusal) -> CommandResult {
        try requireOther(me, other)
        if friendships.contains(Pair(me, other)) { throw .alreadyFriends }
        if !requests.contains(Pair(other, me)) { throw .noSuchRequest }
        return try befriend(me, other)
    }

    private mutating func befriend(_ me: UserID, _ other: UserID) throws(Refusal) -> CommandResult {
        for user in [me, other] where friendCount(of: user) >= limits.userFriends { throw .tooMany }
        requests.remove(Pair(other, me))
        friendships.formUnion([Pair(me, other), Pair(other, me)])
        return .friendState(.friends)
    }

    private mutating func rejectFriend(_ me: UserID, _ other: UserID) throws(Refusal) -> CommandResult {
        try requireOther(me, other)
        if requests.remove(Pair(other, me)) == nil { throw .noSuchRequest }
        return .friendState(.none)
    }

    private mutating func removeFriend(_ me: UserID, _ other: UserID) throws(Refusal) -> CommandResult {
        try requireOther(me, other)
        requests.remove(Pair(me, other))
        friendships.subtract([Pair(me, other), Pair(other, me)])
        return .done
    }

    private mutating func block(_ me: UserID, _ other: UserID) throws(Refusal) -> CommandResult {
        try requireOther(me, other)
        blocks.insert(Pair(me, other))
        for pair in [Pair(me, other), Pair(other, me)] {
            friendships.remove(pair)
            requests.remove(pair)
        }
        return .done
    }

    private mutating func unblock(_ me: UserID, _ other: UserID) throws(Refusal) -> CommandResult {
        try requireOther(me, other)
        blocks.remove(Pair(me, other))
        return .done
    }

    /// Whether the first is blocked by the second.
    func isBlocked(_ user: UserID, _ by: UserID) -> Bool { blocks.contains(Pair(by, user)) }

    func friendCount(of user: UserID) -> Int { friendships.count { $0.from == user } }
}

// MARK: Groups

extension ChatModel {
    private mutating func createGroup(_ me: UserID, _ command: CreateGroup) throws(Refusal) -> CommandResult {
        if groupCount(of: me) >= limits.userGroups { throw .tooMany }
        if groups[command.group] != nil { throw .unavailable }
        let state = GroupState(
            name: command.name, description: command.description, visibility: command.visibility)
        groups[command.group] = Group(state: state, roles: [me: .owner])
        return .group(command.group, state, members: 1, role: .owner)
    }

    private mutating func joinGroup(_ me: UserID, _ id: GroupID) throws(Refusal) -> CommandResult {
        var group = try existing(id)
        if group.roles[me] != nil { throw .alreadyMember }
        if !group.invited.contains(me) {
            if group.state.visibility == .invite || group.kicked.contains(me) { throw .forbidden }
        }
        if group.roles.count >= limits.groupMembers { throw .groupFull }
        if groupCount(of: me) >= limits.userGroups { throw .tooMany }
        group.roles[me] = .member
        group.invited.remove(me)
        group.kicked.remove(me)
        groups[id] = group
        return .group(id, group.state, members: group.roles.count, role: .member)
    }

    private mutating func leaveGroup(_ me: UserID, _ id: GroupID) throws(Refusal) -> CommandResult {
        var group = try existing(id)
        guard let role = group.roles.removeValue(forKey: me) else {
            guard group.invited.remove(me) != nil else { throw .notAMember }
            groups[id] = group
            return .done
        }
        if role == .owner {
            if !group.roles.isEmpty { throw .ownerMustPassOn }
            group.state.isDeleted = true
        }
        groups[id] = group
        return .done
    }

    private mutating func deleteGroup(_ me: UserID, _ id: GroupID) throws(Refusal) -> CommandResult {
        var group = try existing(id)
        guard let role = group.roles[me] else { throw .notAMember }
        if role != .owner { throw .notAllowed }
        group.state.isDeleted = true
        group.roles = [:]
        groups[id] = group
        return .done
    }

    func existing(_ id: GroupID) throws(Refusal) -> Group {
        guard let group = groups[id], !group.state.isDeleted else { throw .noSuchGroup }
        return group
    }
}
