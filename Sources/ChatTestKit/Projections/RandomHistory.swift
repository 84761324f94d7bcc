public import ChatDomain

/// Events as they could stand in a log, of few users, groups, devices and nodes, so that they meet each other. They
/// need not be such as commands would lead to: a fold must mean the same everywhere whatever it is given.
public struct RandomHistory: Sendable {
    private static let users: ClosedRange<Int> = 1...6
    private var random: SeededRandom
    private var position: Int64 = 0
    private var sessions: [(user: UserID, session: SessionID, device: String?)] = []

    /// From a seed.
    public init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// So many further events.
    public mutating func next(_ count: Int) -> [ChatEvent] {
        (0..<count).map { _ in
            position += 1
            return nextEvent()
        }
    }

    private mutating func nextEvent() -> ChatEvent {
        switch random.number(0...32) {
        case 0: register()
        case 1, 2: open()
        case 3: close()
        case 4: .nodeLost(NodeLost(node: node(), graceful: false))
        case 5: .nodeJoined(NodeJoined(node: node()))
        case 6, 7, 8, 9: friendship()
        case 10: create()
        case 11: .groupDeleted(GroupDeleted(group: group(), by: user(), members: 1))
        case 12, 13: .memberJoined(MemberJoined(group: group(), user: user(), members: random.number(1...5)))
        case 14: .memberLeft(MemberLeft(group: group(), user: user(), members: random.number(1...5)))
        case 15, 16: acknowledge()
        case 26, 27, 28, 29: standing()
        case 30: block()
        case 17, 18, 19: mark()
        case 20: account()
        case 21: endDevice()
        case 22, 23: read()
        default: message()
        }
    }

    private mutating func user() -> UserID { UserID(Int64(random.number(Self.users))) }
    private mutating func group() -> GroupID { GroupID(Int64(random.number(1...4))) }
    private mutating func node() -> NodeName { NodeName(random.pick(["a", "b"])) }
    private mutating func device() -> String { random.pick(["phone", "desk \"one\"", "\\tab{let},"]) }
    private mutating func recent() -> Position { Position(max(0, position - Int64(random.number(0...20)))) }

    private mutating func pair() -> (UserID, UserID) {
        let one = random.number(Self.users)
        let other = one == Self.users.upperBound ? 1 : one + 1
        return (UserID(Int64(one)), UserID(Int64(other)))
    }

    private mutating func register() -> ChatEvent {
        let user = user()
        return .userRegistered(
            UserRegistered(
                user: user, nameDigest: "\(user)", name: random.oneIn(4) ? nil : "Näme \(user)", passwordHash: "h",
                address: "::1"))
    }

    private mutating func open() -> ChatEvent {
        let user = user()
        let device: String? = random.oneIn(4) ? nil : device()
        let session = SessionID("s\(position)")
        let replaced = sessions.last { $0.user == user && $0.device == device && device != nil }?.session
        sessions.append((user, session, device))
        return .sessionOpened(
            SessionOpened(
                user: user, session: session, device: device, node: node(), term: 1, tokenDigest: "t",
                replaced: replaced, since: random.oneIn(4) ? recent() : nil,
                forgotten: random.oneIn(5) ? self.device() : nil))
    }

    private mutating func close() -> ChatEvent {
        guard !sessions.isEmpty else { return open() }
        let ended = sessions.remove(at: random.number(0...sessions.count - 1))
        return .sessionClosed(
            SessionClosed(user: ended.user, session: ended.session, device: ended.device, reason: .disconnected))
    }

    private mutating func account() -> ChatEvent {
        let user = user()
        let ended = sessions.filter { $0.user == user }.map { EndedSession(session: $0.session, device: $0.device) }
        return switch random.number(0...3) {
        case 0: .accountDeleted(AccountDeleted(user: user, nameDigest: "\(user)", ended: ended))
        case 1: .keyDestroyed(KeyDestroyed(user: user, purpose: .person))
        default: .passwordChanged(PasswordChanged(user: user, passwordHash: "h2", session: nil, ended: ended))
        }
    }

    private mutating func endDevice() -> ChatEvent {
        .sessionClosed(
            SessionClosed(user: user(), session: SessionID("s\(position - 1)"), device: device(), reason: .deviceEnded))
    }

    private mutating func friendship() -> ChatEvent {
        let (one, other) = pair()
        return switch random.number(0...4) {
        case 0, 1: .friendRequested(FriendRequested(from: one, to: other))
        case 2: .friendRequestWithdrawn(FriendRequestWithdrawn(from: one, to: other))
        case 3: .friendshipMade(FriendshipMade(from: one, to: other))
        default: .friendshipEnded(FriendshipEnded(by: other, with: one))
        }
    }

    private mutating func create() -> ChatEvent {
        .groupCreated(
            GroupCreated(
                group: group(), owner: user(), name: "Group \(position)", description: "",
                visibility: random.oneIn(2) ? .open : .invite))
    }

    private mutating func block() -> ChatEvent {
        let (one, other) = pair()
        return random.oneIn(2)
            ? .userBlocked(UserBlocked(by: one, user: other)) : .userUnblocked(UserUnblocked(by: one, user: other))
    }

    private mutating func standing() -> ChatEvent {
        switch random.number(0...7) {
        case 0: .invitationDeclined(InvitationDeclined(group: group(), user: user()))
        case 1: .invitationWithdrawn(InvitationWithdrawn(group: group(), user: user(), by: user()))
        case 2: .memberKicked(MemberKicked(group: group(), user: user(), by: user(), members: random.number(1...5)))
        case 3, 4:
            .roleChanged(
                RoleChanged(group: group(), user: user(), by: user(), role: random.pick([.admin, .member])))
        case 5: .ownershipPassed(OwnershipPassed(group: group(), from: user(), to: user()))
        case 6:
            .groupUpdated(
                GroupUpdated(group: group(), by: user(), name: "Ändert", description: "d", visibility: .invite))
        default: .memberInvited(MemberInvited(group: group(), user: user(), by: user()))
        }
    }

    private mutating func acknowledge() -> ChatEvent {
        .feedAcknowledged(
            FeedAcknowledged(
                entries: (0...random.number(0...3)).map { _ in
                    FeedAcknowledged.Entry(
                        user: user(), device: device(), position: recent(),
                        delivered: random.oneIn(2) ? [.init(with: user(), seq: seq())] : [])
                }))
    }

    private mutating func seq() -> Int64 { Int64(random.number(1...20)) }

    private mutating func read() -> ChatEvent {
        let (conversation, one) = conversation()
        return .conversationRead(ConversationRead(conversation: conversation, user: one, seq: seq()))
    }

    private mutating func message() -> ChatEvent {
        let (conversation, one) = conversation()
        return .messageSent(MessageSent(conversation: conversation, from: one, text: "hello"))
    }

    private mutating func conversation() -> (Conversation, UserID) {
        let (one, other) = pair()
        return (random.oneIn(2) ? .direct(between: one, and: other) : .group(group()), one)
    }

    private mutating func mark() -> ChatEvent {
        let (conversation, by) = conversation()
        let message = MessageReference(
            conversation: conversation, seq: Int64(random.number(1...3)), position: recent())
        return switch random.number(0...5) {
        case 0: .messageEdited(MessageEdited(message: message, by: by, text: "hallo"))
        case 1: .messageRecalled(MessageRecalled(message: message, by: by))
        case 2, 3, 4: .reactionAdded(ReactionAdded(message: message, by: by, emoji: random.pick(["👍", "e\u{301}"])))
        default: .reactionRemoved(ReactionRemoved(message: message, by: by, emoji: "👍"))
        }
    }
}
