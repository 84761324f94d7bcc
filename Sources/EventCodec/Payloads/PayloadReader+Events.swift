import ChatDomain
import JSONText

extension PayloadReader {
    /// The event, without what is personal.
    func event(in stream: StreamName) throws(EventCodecError) -> ChatEvent {
        switch type {
        case .userRegistered: .userRegistered(try registration())
        case .passwordChanged: .passwordChanged(try passwordChange())
        case .accountDeleted:
            .accountDeleted(
                AccountDeleted(
                    user: try user("user"), nameDigest: try string("nameDigest"), ended: try ended(),
                    order: try order()))
        case .keyDestroyed: .keyDestroyed(try destruction())
        case .sessionOpened: .sessionOpened(try opening())
        case .sessionClosed: .sessionClosed(try closing())
        case .nodeJoined: .nodeJoined(NodeJoined(node: try node()))
        case .nodeLost: .nodeLost(NodeLost(node: try node(), graceful: try flag("graceful")))
        case .friendRequested: .friendRequested(FriendRequested(from: try user("from"), to: try user("to")))
        case .friendRequestWithdrawn:
            .friendRequestWithdrawn(FriendRequestWithdrawn(from: try user("from"), to: try user("to")))
        case .friendRequestRejected:
            .friendRequestRejected(FriendRequestRejected(from: try user("from"), to: try user("to")))
        case .friendshipMade: .friendshipMade(FriendshipMade(from: try user("from"), to: try user("to")))
        case .friendshipEnded: .friendshipEnded(FriendshipEnded(by: try user("by"), with: try user("with")))
        case .userBlocked: .userBlocked(UserBlocked(by: try user("by"), user: try user("user")))
        case .userUnblocked: .userUnblocked(UserUnblocked(by: try user("by"), user: try user("user")))
        case .groupCreated: .groupCreated(try creation())
        case .groupUpdated: .groupUpdated(try update())
        case .groupDeleted:
            .groupDeleted(GroupDeleted(group: try group("group"), by: try user("by"), members: try members("members")))
        case .memberInvited, .invitationDeclined, .invitationWithdrawn, .memberJoined, .memberLeft, .memberKicked,
            .roleChanged, .ownershipPassed:
            try membership()
        case .messageSent: .messageSent(try message(in: stream))
        case .messageEdited:
            .messageEdited(MessageEdited(message: try marked(in: stream), by: try user("by"), text: nil))
        case .messageRecalled:
            .messageRecalled(MessageRecalled(message: try marked(in: stream), by: try user("by")))
        case .reactionAdded:
            .reactionAdded(
                ReactionAdded(message: try marked(in: stream), by: try user("by"), emoji: try string("emoji")))
        case .reactionRemoved:
            .reactionRemoved(
                ReactionRemoved(message: try marked(in: stream), by: try user("by"), emoji: try string("emoji")))
        case .conversationRead: .conversationRead(try reading())
        case .feedAcknowledged: .feedAcknowledged(try acknowledgements())
        case .replayStarted, .replaySwapped, .replayRolledBack, .replayFailed, .replayDropped: try replay()
        case .logImported:
            .logImported(
                LogImported(
                    epoch: try string("epoch"), through: Position(try integer("through")), by: try origin()))
        case .logArchived:
            .logArchived(
                LogArchived(
                    try word("step"), from: Position(try integer("from")), to: Position(try integer("to")),
                    file: try string("file"), manifest: try string("manifest"), root: try string("root"),
                    by: try origin()))
        case .loginRefused: .loginRefused(try refusal())
        case .auditQueried: .auditQueried(try question())
        }
    }

    private func node() throws(EventCodecError) -> NodeName { NodeName(try string("node")) }

    func members(_ name: String) throws(EventCodecError) -> Int { Int(try integer(name)) }

    private func registration() throws(EventCodecError) -> UserRegistered {
        UserRegistered(
            user: try user("user"), nameDigest: try string("nameDigest"), name: nil, passwordHash: nil, address: nil)
    }

    private func opening() throws(EventCodecError) -> SessionOpened {
        SessionOpened(
            user: try user("user"), session: SessionID(try string("session")), device: try optionalString("device"),
            node: try node(), term: try integer("term"), tokenDigest: try string("tokenDigest"),
            replaced: try optionalString("replaced").map { SessionID($0) },
            since: try optionalInteger("since").map { Position($0) }, forgotten: try optionalString("forgotten"),
            forgottenSession: try optionalString("forgottenSession").map { SessionID($0) })
    }

    private func passwordChange() throws(EventCodecError) -> PasswordChanged {
        PasswordChanged(
            user: try user("user"), passwordHash: nil,
            session: try optionalString("session").map { SessionID($0) }, ended: try ended())
    }

    private func ended() throws(EventCodecError) -> [EndedSession] {
        var sessions: [EndedSession] = []
        for value in try array("ended") {
            guard let session = value[0]?.stringValue else { throw missing("ended") }
            sessions.append(EndedSession(session: SessionID(session), device: value[1]?.stringValue))
        }
        return sessions
    }

    private func destruction() throws(EventCodecError) -> KeyDestroyed {
        let purpose: KeyDestroyed.Purpose = try word("purpose")
        var quarters: [String] = []
        if purpose == .texts {
            for value in try array("quarters") {
                guard let quarter = value.stringValue else { throw missing("quarters") }
                quarters.append(quarter)
            }
        }
        let everybodys = purpose == .texts && members["user"] == nil
        return KeyDestroyed(
            user: everybodys ? nil : try user("user"), purpose: purpose, quarters: quarters, order: try order())
    }

    private func order() throws(EventCodecError) -> ErasureOrder? {
        guard let reason = try optionalString("reason") else { return nil }
        return ErasureOrder(by: try origin(), reason: reason)
    }

    private func closing() throws(EventCodecError) -> SessionClosed {
        SessionClosed(
            user: try user("user"), session: SessionID(try string("session")), device: try optionalString("device"),
            reason: try word("reason"))
    }

    private func creation() throws(EventCodecError) -> GroupCreated {
        GroupCreated(
            group: try group("group"), owner: try user("owner"), name: try string("name"),
            description: try string("description"), visibility: try word("visibility"))
    }

    private func update() throws(EventCodecError) -> GroupUpdated {
        GroupUpdated(
            group: try group("group"), by: try user("by"), name: try string("name"),
            description: try string("description"), visibility: try word("visibility"))
    }

    private func message(in stream: StreamName) throws(EventCodecError) -> MessageSent {
        guard let conversation = stream.conversation else { throw missing("conversation") }
        return MessageSent(
            conversation: conversation, from: try user("from"), text: nil, replyTo: try optionalInteger("replyTo"))
    }

    private func marked(in stream: StreamName) throws(EventCodecError) -> MessageReference {
        guard let conversation = stream.conversation else { throw missing("conversation") }
        return MessageReference(
            conversation: conversation, seq: try integer("seq"), position: Position(try integer("position")))
    }

    private func reading() throws(EventCodecError) -> ConversationRead {
        guard let conversation = Conversation(try string("conversation")) else { throw missing("conversation") }
        return ConversationRead(
            conversation: conversation, user: try user("user"), seq: try integer("seq"),
            members: try optionalInteger("groupSize").map { Int($0) })
    }

    private func acknowledgements() throws(EventCodecError) -> FeedAcknowledged {
        var entries: [FeedAcknowledged.Entry] = []
        for value in try array("entries") {
            guard let user = value[0]?.intValue, let device = value[1]?.stringValue,
                let position = value[2]?.intValue
            else { throw missing("entries") }
            entries.append(
                FeedAcknowledged.Entry(
                    user: UserID(user), device: device, position: Position(position),
                    delivered: try arrivals(value[3])))
        }
        return FeedAcknowledged(entries: entries)
    }

    private func arrivals(_ value: JSONValue?) throws(EventCodecError) -> [FeedAcknowledged.Delivered] {
        var arrivals: [FeedAcknowledged.Delivered] = []
        for value in value?.arrayValue ?? [] {
            guard let user = value[0]?.intValue, let seq = value[1]?.intValue else { throw missing("entries") }
            arrivals.append(FeedAcknowledged.Delivered(with: UserID(user), seq: seq))
        }
        return arrivals
    }

    private func replay() throws(EventCodecError) -> ChatEvent {
        let (names, by) = (try projections(), try origin())
        return switch type {
        case .replayStarted: .replayStarted(ReplayStarted(try word("work"), projections: names, by: by))
        case .replayFailed:
            .replayFailed(ReplayFailed(try word("work"), projections: names, reason: try word("reason"), by: by))
        case .replayDropped: .replayDropped(ReplayDropped(projections: names, by: by))
        case .replayRolledBack:
            .replayRolledBack(ReplayRolledBack(projections: names, at: Position(try integer("at")), by: by))
        default: .replaySwapped(ReplaySwapped(projections: names, at: Position(try integer("at")), by: by))
        }
    }

    private func origin() throws(EventCodecError) -> ReplayOrigin {
        ReplayOrigin(
            role: try string("role"), host: try string("host"), node: try optionalString("node").map { NodeName($0) })
    }

    private func projections() throws(EventCodecError) -> [String] {
        var names: [String] = []
        for value in try array("projections") {
            guard let name = value.stringValue else { throw missing("projections") }
            names.append(name)
        }
        return names
    }
}
