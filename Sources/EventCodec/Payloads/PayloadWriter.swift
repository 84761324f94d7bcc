import ChatDomain
import JSONText

/// The members of each event's payload, without what is personal.
enum PayloadWriter {
    static func payload(of event: ChatEvent) -> JSONObject {
        switch event {
        case .userRegistered(let event):
            ["user": user(event.user), "nameDigest": .string(event.nameDigest)]
        case .passwordChanged(let event): passwordChange(event)
        case .accountDeleted(let event): deletion(event)
        case .keyDestroyed(let event): destruction(event)
        case .sessionOpened(let event): opening(event)
        case .sessionClosed(let event): closing(event)
        case .nodeJoined(let event): ["node": .string(event.node.value)]
        case .nodeLost(let event): ["node": .string(event.node.value), "graceful": .bool(event.graceful)]
        case .friendRequested(let event): pair(event.from, event.to)
        case .friendRequestWithdrawn(let event): pair(event.from, event.to)
        case .friendRequestRejected(let event): pair(event.from, event.to)
        case .friendshipMade(let event): pair(event.from, event.to)
        case .friendshipEnded(let event): ["by": user(event.by), "with": user(event.with)]
        case .userBlocked(let event): ["by": user(event.by), "user": user(event.user)]
        case .userUnblocked(let event): ["by": user(event.by), "user": user(event.user)]
        case .groupCreated(let event): creation(event)
        case .groupUpdated(let event): update(event)
        case .groupDeleted(let event):
            ["group": group(event.group), "by": user(event.by), "members": .integer(Int64(event.members))]
        case .memberInvited(let event): invitation(event.group, event.user, by: event.by)
        case .invitationDeclined(let event): ["group": group(event.group), "user": user(event.user)]
        case .invitationWithdrawn(let event): invitation(event.group, event.user, by: event.by)
        case .memberJoined(let event): membership(event.group, event.user, event.members)
        case .memberLeft(let event): membership(event.group, event.user, event.members)
        case .memberKicked(let event): kick(event)
        case .roleChanged(let event): role(event)
        case .ownershipPassed(let event):
            ["group": group(event.group), "from": user(event.from), "to": user(event.to)]
        case .messageSent(let event): message(event)
        case .messageEdited(let event): mark(event.message, event.by)
        case .messageRecalled(let event): mark(event.message, event.by)
        case .reactionAdded(let event): mark(event.message, event.by, emoji: event.emoji)
        case .reactionRemoved(let event): mark(event.message, event.by, emoji: event.emoji)
        case .conversationRead(let event): reading(event)
        case .feedAcknowledged(let event): ["entries": .array(event.entries.map(acknowledgement))]
        case .replayStarted(let event): replay(event.projections, event.by, work: event.work)
        case .replaySwapped(let event): replay(event.projections, event.by, at: event.at)
        case .replayRolledBack(let event): replay(event.projections, event.by, at: event.at)
        case .replayFailed(let event): replay(event.projections, event.by, work: event.work, reason: event.reason)
        case .replayDropped(let event): replay(event.projections, event.by)
        case .logImported(let event):
            origin(["epoch": .string(event.epoch), "through": .integer(event.through.value)], event.by)
        case .logArchived(let event):
            origin(
                [
                    "step": .string(event.step.rawValue), "from": .integer(event.from.value),
                    "to": .integer(event.to.value), "file": .string(event.file), "manifest": .string(event.manifest),
                    "root": .string(event.root),
                ], event.by)
        case .loginRefused(let event): refusal(event)
        case .auditQueried(let event): question(event)
        }
    }

    private static func replay(
        _ projections: [String], _ by: ReplayOrigin, work: ReplayWork? = nil, at position: Position? = nil,
        reason: ReplayFailureReason? = nil
    ) -> JSONObject {
        var payload = JSONObject()
        payload.set("work", work?.rawValue)
        payload["projections"] = .array(projections.map(JSONValue.string))
        payload.set("at", position?.value)
        payload.set("reason", reason?.rawValue)
        return origin(payload, by)
    }

    private static func origin(_ payload: JSONObject, _ by: ReplayOrigin) -> JSONObject {
        var payload = payload
        payload["role"] = .string(by.role)
        payload["host"] = .string(by.host)
        payload.set("node", by.node?.value)
        return payload
    }

    private static func deletion(_ event: AccountDeleted) -> JSONObject {
        let payload: JSONObject = [
            "user": user(event.user), "nameDigest": .string(event.nameDigest),
            "ended": .array(event.ended.map(ended)),
        ]
        return order(payload, event.order)
    }

    private static func destruction(_ event: KeyDestroyed) -> JSONObject {
        var payload = JSONObject()
        payload.set("user", event.user?.value)
        payload["purpose"] = .string(event.purpose.rawValue)
        if event.purpose == .texts { payload["quarters"] = .array(event.quarters.map(JSONValue.string)) }
        return order(payload, event.order)
    }

    private static func order(_ payload: JSONObject, _ order: ErasureOrder?) -> JSONObject {
        guard let order else { return payload }
        var payload = payload
        payload["reason"] = .string(order.reason)
        return origin(payload, order.by)
    }

    private static func user(_ user: UserID) -> JSONValue { .integer(user.value) }

    private static func group(_ group: GroupID) -> JSONValue { .integer(group.value) }

    private static func pair(_ from: UserID, _ to: UserID) -> JSONObject { ["from": user(from), "to": user(to)] }

    private static func membership(_ group: GroupID, _ user: UserID, _ members: Int) -> JSONObject {
        ["group": self.group(group), "user": self.user(user), "members": .integer(Int64(members))]
    }

    private static func opening(_ event: SessionOpened) -> JSONObject {
        var payload: JSONObject = ["user": user(event.user), "session": .string(event.session.value)]
        payload.set("device", event.device)
        payload["node"] = .string(event.node.value)
        payload["term"] = .integer(event.term)
        payload["tokenDigest"] = .string(event.tokenDigest)
        payload.set("replaced", event.replaced?.value)
        payload.set("since", event.since?.value)
        payload.set("forgotten", event.forgotten)
        payload.set("forgottenSession", event.forgottenSession?.value)
        return payload
    }

    private static func passwordChange(_ event: PasswordChanged) -> JSONObject {
        var payload: JSONObject = ["user": user(event.user)]
        payload.set("session", event.session?.value)
        payload["ended"] = .array(event.ended.map(ended))
        return payload
    }

    private static func ended(_ session: EndedSession) -> JSONValue {
        [.string(session.session.value), session.device.map { .string($0) } ?? .null]
    }

    private static func closing(_ event: SessionClosed) -> JSONObject {
        var payload: JSONObject = ["user": user(event.user), "session": .string(event.session.value)]
        payload.set("device", event.device)
        payload["reason"] = .string(event.reason.rawValue)
        return payload
    }

    private static func creation(_ event: GroupCreated) -> JSONObject {
        [
            "group": group(event.group), "owner": user(event.owner), "name": .string(event.name),
            "description": .string(event.description), "visibility": .string(event.visibility.rawValue),
        ]
    }

    private static func update(_ event: GroupUpdated) -> JSONObject {
        [
            "group": group(event.group), "by": user(event.by), "name": .string(event.name),
            "description": .string(event.description), "visibility": .string(event.visibility.rawValue),
        ]
    }

    private static func invitation(_ group: GroupID, _ user: UserID, by: UserID) -> JSONObject {
        ["group": self.group(group), "user": self.user(user), "by": self.user(by)]
    }

    private static func kick(_ event: MemberKicked) -> JSONObject {
        [
            "group": group(event.group), "user": user(event.user), "by": user(event.by),
            "members": .integer(Int64(event.members)),
        ]
    }

    private static func role(_ event: RoleChanged) -> JSONObject {
        [
            "group": group(event.group), "user": user(event.user), "by": user(event.by),
            "role": .string(event.role.rawValue),
        ]
    }

    /// The conversation is that of the stream.
    private static func message(_ event: MessageSent) -> JSONObject {
        var payload: JSONObject = ["from": user(event.from)]
        payload.set("replyTo", event.replyTo)
        return payload
    }

    /// The conversation is that of the stream.
    private static func mark(_ message: MessageReference, _ by: UserID, emoji: String? = nil) -> JSONObject {
        var payload: JSONObject = [
            "seq": .integer(message.seq), "position": .integer(message.position.value), "by": user(by),
        ]
        payload.set("emoji", emoji)
        return payload
    }

    private static func reading(_ event: ConversationRead) -> JSONObject {
        var payload: JSONObject = [
            "conversation": .string(event.conversation.description), "user": user(event.user),
            "seq": .integer(event.seq),
        ]
        payload.set("groupSize", event.members.map { Int64($0) })
        return payload
    }

    private static func acknowledgement(_ entry: FeedAcknowledged.Entry) -> JSONValue {
        let cursor: [JSONValue] = [user(entry.user), .string(entry.device), .integer(entry.position.value)]
        guard !entry.delivered.isEmpty else { return .array(cursor) }
        return .array(cursor + [.array(entry.delivered.map { [user($0.with), .integer($0.seq)] })])
    }
}
