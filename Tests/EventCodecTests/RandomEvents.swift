import ChatDomain
import ChatTestKit

/// Events of every type with any values that their members can have.
struct RandomEvents {
    var random: SeededRandom

    mutating func event(_ type: EventType) -> ChatEvent {
        switch type {
        case .userRegistered: .userRegistered(registration())
        case .passwordChanged:
            .passwordChanged(
                PasswordChanged(
                    user: user(), passwordHash: optional { $0.word() }, session: optional { $0.session() },
                    ended: ended()))
        case .accountDeleted:
            .accountDeleted(AccountDeleted(user: user(), nameDigest: word(), ended: ended()))
        case .keyDestroyed: .keyDestroyed(KeyDestroyed(user: user(), purpose: .person))
        case .sessionOpened: .sessionOpened(opening())
        case .sessionClosed:
            .sessionClosed(
                SessionClosed(
                    user: user(), session: session(), device: optional { $0.word() },
                    reason: random.pick([.logout, .disconnected, .revoked, .deviceEnded])))
        case .nodeJoined: .nodeJoined(NodeJoined(node: node()))
        case .nodeLost: .nodeLost(NodeLost(node: node(), graceful: random.oneIn(2)))
        case .friendRequested: .friendRequested(FriendRequested(from: user(), to: user()))
        case .friendRequestWithdrawn: .friendRequestWithdrawn(FriendRequestWithdrawn(from: user(), to: user()))
        case .friendRequestRejected: .friendRequestRejected(FriendRequestRejected(from: user(), to: user()))
        case .friendshipMade: .friendshipMade(FriendshipMade(from: user(), to: user()))
        case .friendshipEnded: .friendshipEnded(FriendshipEnded(by: user(), with: user()))
        case .userBlocked: .userBlocked(UserBlocked(by: user(), user: user()))
        case .userUnblocked: .userUnblocked(UserUnblocked(by: user(), user: user()))
        case .groupCreated:
            .groupCreated(
                GroupCreated(
                    group: group(), owner: user(), name: word(), description: word(),
                    visibility: random.pick([.open, .invite])))
        case .groupUpdated:
            .groupUpdated(
                GroupUpdated(
                    group: group(), by: user(), name: word(), description: word(),
                    visibility: random.pick([.open, .invite])))
        case .groupDeleted: .groupDeleted(GroupDeleted(group: group(), by: user(), members: count()))
        case .memberInvited, .invitationDeclined, .invitationWithdrawn, .memberKicked, .roleChanged,
            .ownershipPassed:
            standing(type)
        case .memberJoined: .memberJoined(MemberJoined(group: group(), user: user(), members: count()))
        case .memberLeft: .memberLeft(MemberLeft(group: group(), user: user(), members: count()))
        case .messageSent: .messageSent(message())
        case .messageEdited:
            .messageEdited(
                MessageEdited(message: reference(), by: user(), text: optional { $0.random.text(upTo: 200) }))
        case .messageRecalled: .messageRecalled(MessageRecalled(message: reference(), by: user()))
        case .reactionAdded: .reactionAdded(ReactionAdded(message: reference(), by: user(), emoji: word()))
        case .reactionRemoved: .reactionRemoved(ReactionRemoved(message: reference(), by: user(), emoji: word()))
        case .conversationRead:
            .conversationRead(
                ConversationRead(
                    conversation: conversation(), user: user(), seq: number(), members: optional { $0.count() }))
        case .feedAcknowledged: .feedAcknowledged(acknowledgements())
        case .replayStarted, .replaySwapped, .replayRolledBack, .replayFailed, .replayDropped, .logImported,
            .logArchived:
            replay(type)
        case .loginRefused:
            .loginRefused(
                LoginRefused(
                    user: optional { $0.user() },
                    counts: [random.pick(LoginOutcome.allCases): count()], since: number(),
                    isRest: random.oneIn(2), address: optional { $0.word() }))
        case .auditQueried:
            .auditQueried(
                AuditQueried(
                    by: AuditOrigin(role: word(), host: word(), account: word()), command: word(),
                    arguments: words().map { .init($0, word()) }, address: optional { $0.word() }))
        }
    }

    private mutating func replay(_ type: EventType) -> ChatEvent {
        let by = ReplayOrigin(role: word(), host: word(), node: optional { $0.node() })
        let work = random.pick(ReplayWork.allCases)
        return switch type {
        case .replayStarted: .replayStarted(ReplayStarted(work, projections: words(), by: by))
        case .replaySwapped: .replaySwapped(ReplaySwapped(projections: words(), at: Position(number()), by: by))
        case .replayRolledBack:
            .replayRolledBack(ReplayRolledBack(projections: words(), at: Position(number()), by: by))
        case .replayFailed:
            .replayFailed(
                ReplayFailed(
                    work, projections: words(), reason: random.pick(ReplayFailureReason.allCases), by: by))
        case .replayDropped: .replayDropped(ReplayDropped(projections: words(), by: by))
        case .logArchived:
            .logArchived(
                LogArchived(
                    random.pick(ArchiveStep.allCases), from: Position(number()), to: Position(number()), file: word(),
                    manifest: word(), root: word(), by: by))
        default: .logImported(LogImported(epoch: word(), through: Position(number()), by: by))
        }
    }

    private mutating func standing(_ type: EventType) -> ChatEvent {
        switch type {
        case .memberInvited: .memberInvited(MemberInvited(group: group(), user: user(), by: user()))
        case .invitationDeclined: .invitationDeclined(InvitationDeclined(group: group(), user: user()))
        case .invitationWithdrawn:
            .invitationWithdrawn(InvitationWithdrawn(group: group(), user: user(), by: user()))
        case .memberKicked:
            .memberKicked(MemberKicked(group: group(), user: user(), by: user(), members: count()))
        case .roleChanged:
            .roleChanged(
                RoleChanged(group: group(), user: user(), by: user(), role: random.pick([.admin, .member])))
        default: .ownershipPassed(OwnershipPassed(group: group(), from: user(), to: user()))
        }
    }

    mutating func state() -> StreamState {
        switch random.number(0...11) {
        case 0:
            .account(
                AccountState(
                    name: optional { $0.word() }, passwordHash: optional { $0.word() }, isErased: random.oneIn(2)))
        case 1: .name(NameState(owner: optional { $0.user() }))
        case 2: .devices(DevicesState(entries: (0..<random.number(0...25)).map { _ in entry() }))
        case 3: .counts(CountsState(friends: count(), requestsReceived: count(), requestsSent: count()))
        case 4:
            .contact(
                ContactState(
                    relation: random.pick([.none, .friends, .requested(by: user())]),
                    blockers: random.pick([[], [user()], [user(), user()]])))
        case 5:
            .group(
                GroupState(
                    name: word(), description: word(), visibility: random.pick([.open, .invite]),
                    isDeleted: random.oneIn(2)))
        case 6: .roster(RosterState(members: count(), owner: user()))
        case 7:
            .member(
                MemberState(
                    role: random.pick([nil, .owner, .admin, .member]), isInvited: random.oneIn(2),
                    wasKicked: random.oneIn(2)))
        case 10: .read(ReadState(seq: number()))
        case 8:
            .message(
                MessageState(
                    isRecalled: random.oneIn(2),
                    reactions: Dictionary(words().map { ($0, 1 + count()) }, uniquingKeysWith: +)))
        case 9: .reaction(ReactionState(emojis: words()))
        default: .node(NodeState(isAlive: random.oneIn(2)))
        }
    }

    mutating func number() -> Int64 { random.oneIn(5) ? Int64.max : Int64(random.number(1...1_000_000)) }
    mutating func count() -> Int { random.number(0...10_000) }
    mutating func user() -> UserID { UserID(number()) }
    mutating func group() -> GroupID { GroupID(number()) }
    mutating func node() -> NodeName { NodeName("node-\(count())") }
    mutating func session() -> SessionID { SessionID(word()) }
    mutating func word() -> String { random.text(upTo: 60) }
    mutating func words() -> [String] { (0..<random.number(0...5)).map { _ in word() } }

    mutating func optional<Value>(_ make: (inout RandomEvents) -> Value) -> Value? {
        random.oneIn(3) ? nil : make(&self)
    }

    private mutating func registration() -> UserRegistered {
        UserRegistered(
            user: user(), nameDigest: word(), name: optional { $0.word() }, passwordHash: optional { $0.word() },
            address: optional { $0.word() })
    }

    private mutating func opening() -> SessionOpened {
        SessionOpened(
            user: user(), session: session(), device: optional { $0.word() }, node: node(), term: number(),
            tokenDigest: word(), replaced: optional { $0.session() }, since: optional { Position($0.number()) },
            forgotten: optional { $0.word() }, forgottenSession: optional { $0.session() },
            address: optional { $0.word() })
    }

    private mutating func ended() -> [EndedSession] {
        (0..<random.number(0...5)).map { _ in EndedSession(session: session(), device: optional { $0.word() }) }
    }

    private mutating func conversation() -> Conversation {
        let direct = Conversation.direct(UserID(Int64(random.number(1...9))), UserID(Int64(random.number(10...99))))
        return random.oneIn(2) ? direct : .group(group())
    }

    private mutating func reference() -> MessageReference {
        MessageReference(conversation: conversation(), seq: number(), position: Position(number()))
    }

    private mutating func message() -> MessageSent {
        MessageSent(
            conversation: conversation(), from: user(),
            text: optional { $0.random.text(upTo: $0.random.oneIn(10) ? 16_384 : 200) },
            replyTo: optional { $0.number() })
    }

    private mutating func acknowledgements() -> FeedAcknowledged {
        FeedAcknowledged(
            entries: (0..<random.number(0...30)).map { _ in
                FeedAcknowledged.Entry(
                    user: user(), device: word(), position: Position(number()),
                    delivered: (0..<random.number(0...3)).map { _ in .init(with: user(), seq: number()) })
            })
    }

    private mutating func entry() -> DevicesState.Entry {
        DevicesState.Entry(
            device: optional { $0.word() }, session: session(), isOpen: random.oneIn(2),
            tokenDigest: optional { $0.word() }, usedAt: number())
    }
}

extension ChatEvent {
    /// Where the event stands; acknowledgements in those of some node.
    var home: StreamName { place?.stream ?? .acknowledgements(NodeName("a")) }

    /// The event once the keys of what is personal in it are destroyed.
    var withoutPersonalData: ChatEvent {
        switch self {
        case .userRegistered(var event):
            event.name = nil
            event.passwordHash = nil
            event.address = nil
            return .userRegistered(event)
        case .passwordChanged(var event):
            event.passwordHash = nil
            return .passwordChanged(event)
        case .sessionOpened(var event):
            event.address = nil
            return .sessionOpened(event)
        case .messageSent(var event):
            event.text = nil
            return .messageSent(event)
        case .messageEdited(var event):
            event.text = nil
            return .messageEdited(event)
        case .loginRefused(var event):
            event.address = nil
            return .loginRefused(event)
        case .auditQueried(var event):
            event.address = nil
            return .auditQueried(event)
        default: return self
        }
    }
}
