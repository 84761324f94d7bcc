public import ChatDomain

/// Which streams concern whom, and how far each device has received them: what is offline for a device is
/// the events of its user's streams after its cursor. An event costs the same however many members a group has.
public struct OfflineProjection: TallyingProjection {
    /// `user_streams`: positions `from_position` to `to_position` (inclusive; null: open) of a stream concern a user.
    ///
    /// A stream of two (`contact:A:B`, `messages:direct:A:B`, `marks:direct:A:B`) concerns both from its beginning, so
    /// it has one row for each with `from_position` 0 and its last event in `last_position`. A group's streams have a
    /// row for each time of membership, its invitations one for each time as owner or admin and one for each event
    /// about oneself, and their last event in `group_tails`. The rows of a deleted group stay open: nothing follows in
    /// its streams. `last_position` has no index, so that updates stay on their page.
    public static let userStreams = TableSpec(
        "user_streams", key: ["user_id", "stream", "from_position"],
        [
            .init("user_id", .bigint),
            .init("stream", .name),
            .init("from_position", .bigint),
            .init("kind", .name),
            .init("to_position", .bigint, nullable: true),
            .init("last_position", .bigint, nullable: true),
        ], fillfactor: 70)

    /// `group_tails`: the last event of each stream of a group.
    public static let groupTails = TableSpec(
        "group_tails", key: ["stream"], [.init("stream", .name), .init("last_position", .bigint)], fillfactor: 50)

    /// `cursors`: how far a device has received its feed; `first_position` is where it began.
    public static let cursors = TableSpec(
        "cursors", key: ["user_id", "device"],
        [
            .init("user_id", .bigint),
            .init("device", .name),
            .init("position", .bigint),
            .init("first_position", .bigint),
        ], fillfactor: 70)

    /// `user_cursors`: how far any device of the user ever was, from the registration on: a new device begins here.
    public static let userCursors = TableSpec(
        "user_cursors", key: ["user_id"], [.init("user_id", .bigint), .init("furthest", .bigint)], fillfactor: 70)

    /// Its stable name.
    public static let name = "offline"
    /// Of tables and fold.
    public static let version = 2
    /// The tables above.
    public static let tables = [
        userStreams, groupTails, cursors, userCursors, messageEdits, messageRecalls, messageReactions,
    ]
    /// What operators see.
    public static let views = [ViewSpec(.chat, "offline_messages", offlineMessages)]
    /// What it folds.
    public static let eventTypes: Set<EventType> = [
        .userRegistered, .accountDeleted, .keyDestroyed, .friendRequested, .friendRequestWithdrawn,
        .friendRequestRejected, .friendshipMade, .friendshipEnded, .groupCreated, .groupUpdated, .groupDeleted,
        .memberInvited, .invitationDeclined, .invitationWithdrawn, .memberJoined, .memberLeft, .memberKicked,
        .roleChanged, .ownershipPassed, .messageSent, .messageEdited, .messageRecalled, .reactionAdded,
        .reactionRemoved, .sessionOpened, .sessionClosed, .feedAcknowledged,
    ]

    /// A user who never had a device has one row a message, without a device: it waits for the first one.
    private static let offlineMessages = """
        select c.user_id, c.device, e.position, substr(e.stream, 10) as conversation, e.version as seq,
            e.actor_id as sender_id, e.recorded_at as sent_at
        from (
            select user_id, device, position from chat_read.cursors
            union all
            select u.user_id, null, u.furthest from chat_read.user_cursors u
            where not exists (select from chat_read.cursors d where d.user_id = u.user_id)) c
        join chat_read.user_streams s on s.user_id = c.user_id and s.kind = 'messages'
        left join chat_read.group_tails t on t.stream = s.stream
        join chat_log.events e on e.stream = s.stream and e.type = 'MessageSent'
            and e.position > c.position and e.position >= s.from_position
            and (s.to_position is null or e.position <= s.to_position)
        where coalesce(s.last_position, t.last_position) > c.position
            and (e.actor_id = c.user_id and e.device = c.device) is not true
        """

    /// A fold.
    public init(environment: ProjectionEnvironment) {}

    /// Adds what the event does to the tables.
    public func apply(_ event: ProjectedEvent, into changes: inout RowChanges) throws(ProjectionError) {
        switch event.event {
        case .userRegistered(let registered):
            changes.put(
                Self.userCursors,
                ["user_id": .integer(registered.user.value), "furthest": .integer(event.position.value)])
        case .accountDeleted(let deleted): forget(deleted.user, &changes)
        // What was taken apart after the deletion left its traces.
        case .keyDestroyed(let destroyed):
            if let user = destroyed.user, destroyed.purpose == .person { forget(user, &changes) }
        case .friendRequested(let asked): contact(asked.from, asked.to, event, &changes)
        case .friendRequestWithdrawn(let withdrawn): contact(withdrawn.from, withdrawn.to, event, &changes)
        case .friendRequestRejected(let rejected): contact(rejected.from, rejected.to, event, &changes)
        case .friendshipMade(let made): contact(made.from, made.to, event, &changes)
        case .friendshipEnded(let ended): contact(ended.by, ended.with, event, &changes)
        case .messageSent(let sent): message(sent.conversation, event.position, &changes)
        case .messageEdited, .messageRecalled, .reactionAdded, .reactionRemoved: mark(event, &changes)
        case .groupCreated(let created):
            join(created.group, created.owner, event, &changes)
            promote(created.owner, in: created.group, event, &changes)
        case .memberJoined(let joined): join(joined.group, joined.user, event, &changes)
        case .memberLeft(let left): leave(left.group, left.user, event, &changes)
        case .groupUpdated, .groupDeleted: tail(event, &changes)
        case .memberKicked(let kicked): leave(kicked.group, kicked.user, event, &changes)
        case .roleChanged(let changed): follow(changed, event, &changes)
        case .ownershipPassed(let passed):
            promote(passed.to, in: passed.group, event, &changes)
            tail(event, &changes)
        case .memberInvited(let invited): tell(invited.user, event, &changes)
        case .invitationDeclined(let declined): tell(declined.user, event, &changes)
        case .invitationWithdrawn(let withdrawn): tell(withdrawn.user, event, &changes)
        case .sessionOpened(let opened): cursor(opened, &changes)
        case .sessionClosed(let closed): end(closed, &changes)
        case .feedAcknowledged(let acknowledged): raise(acknowledged, &changes)
        default: return
        }
    }
}

extension OfflineProjection {
    /// Only the last message of a conversation leaves something.
    public func apply(_ tally: MessageTally, into changes: inout RowChanges) {
        message(tally.conversation, tally.lastPosition, &changes)
    }

    /// Whatever else happens, it happens in other streams; but a user who is gone takes the rows of all streams along,
    /// which with messages are those of two.
    public static func awaited(by event: ChatEvent) -> AwaitedMessages {
        switch event {
        case .accountDeleted(let deleted): .with(deleted.user)
        case .keyDestroyed(let destroyed): destroyed.user.map { .with($0) } ?? .none
        default: .none
        }
    }

    private func message(_ conversation: Conversation, _ position: Position, _ changes: inout RowChanges) {
        stream(of: conversation, "messages", .messages(conversation), position, &changes)
    }

    private func contact(_ one: UserID, _ other: UserID, _ event: ProjectedEvent, _ changes: inout RowChanges) {
        for user in [one, other] { twoParty(user, "contact", event.stream, event.position, &changes) }
    }

    /// An event stands in a stream of a conversation.
    func stream(
        of conversation: Conversation, _ kind: String, _ stream: StreamName, _ position: Position,
        _ changes: inout RowChanges
    ) {
        switch conversation {
        case .direct(let one, let other):
            twoParty(one, kind, stream, position, &changes)
            twoParty(other, kind, stream, position, &changes)
        case .group: tail(stream, position, &changes)
        }
    }

    private func twoParty(
        _ user: UserID, _ kind: String, _ stream: StreamName, _ position: Position, _ changes: inout RowChanges
    ) {
        changes.put(
            Self.userStreams,
            [
                "user_id": .integer(user.value),
                "stream": .text(stream.value),
                "from_position": .integer(0),
                "kind": .text(kind),
                "last_position": .integer(position.value),
            ])
    }

    private static func streams(_ group: GroupID) -> [(stream: StreamName, kind: String)] {
        [
            (.messages(.group(group)), "messages"), (.marks(.group(group)), "marks"), (.roster(group), "group"),
            (.group(group), "group"),
        ]
    }

    private func join(_ group: GroupID, _ user: UserID, _ event: ProjectedEvent, _ changes: inout RowChanges) {
        for (stream, kind) in Self.streams(group) {
            changes.put(
                Self.userStreams,
                [
                    "user_id": .integer(user.value),
                    "stream": .text(stream.value),
                    "from_position": .integer(event.position.value),
                    "kind": .text(kind),
                ])
        }
        tail(event, &changes)
    }

    private func leave(_ group: GroupID, _ user: UserID, _ event: ProjectedEvent, _ changes: inout RowChanges) {
        for (stream, _) in Self.streams(group) { end(stream, user, event, &changes) }
        end(.invitations(group), user, event, &changes)
        tail(event, &changes)
    }

    private func end(_ stream: StreamName, _ user: UserID, _ event: ProjectedEvent, _ changes: inout RowChanges) {
        changes.update(
            Self.userStreams,
            where: ["user_id": .integer(user.value), "stream": .text(stream.value), "to_position": .null],
            ["to_position": .integer(event.position.value)])
    }

    private func follow(_ changed: RoleChanged, _ event: ProjectedEvent, _ changes: inout RowChanges) {
        if changed.role == .member {
            end(.invitations(changed.group), changed.user, event, &changes)
        } else {
            promote(changed.user, in: changed.group, event, &changes)
        }
        tail(event, &changes)
    }

    /// From here on the group's invitations concern the user; an admin who becomes the owner begins anew.
    private func promote(
        _ user: UserID, in group: GroupID, _ event: ProjectedEvent, _ changes: inout RowChanges
    ) {
        let stream = StreamName.invitations(group)
        end(stream, user, event, &changes)
        changes.put(
            Self.userStreams,
            [
                "user_id": .integer(user.value),
                "stream": .text(stream.value),
                "from_position": .integer(event.position.value),
                "kind": .text("group"),
            ])
    }

    /// Of the group's invitations this one event concerns the user.
    private func tell(_ user: UserID, _ event: ProjectedEvent, _ changes: inout RowChanges) {
        changes.put(
            Self.userStreams,
            [
                "user_id": .integer(user.value),
                "stream": .text(event.stream.value),
                "from_position": .integer(event.position.value),
                "kind": .text("group"),
                "to_position": .integer(event.position.value),
            ])
        tail(event, &changes)
    }

    private func tail(_ event: ProjectedEvent, _ changes: inout RowChanges) {
        tail(event.stream, event.position, &changes)
    }

    private func tail(_ stream: StreamName, _ position: Position, _ changes: inout RowChanges) {
        changes.put(
            Self.groupTails, ["stream": .text(stream.value), "last_position": .integer(position.value)])
    }

    private func cursor(_ opened: SessionOpened, _ changes: inout RowChanges) {
        guard let device = opened.device else { return }
        let user = ColumnValue.integer(opened.user.value)
        if let forgotten = opened.forgotten { changes.delete(Self.cursors, key: [user, .text(forgotten)]) }
        guard let since = opened.since else {
            changes.insert(
                Self.cursors, ["user_id": user, "device": .text(device)], filling: ["position", "first_position"],
                from: "furthest", of: Self.userCursors, key: [user])
            return
        }
        let position = ColumnValue.integer(since.value)
        changes.put(
            Self.cursors,
            ["user_id": user, "device": .text(device), "position": position, "first_position": position])
        changes.update(Self.userCursors, key: [user], ["furthest": .raise(since.value)])
    }

    /// A device that comes again is a new one.
    private func end(_ closed: SessionClosed, _ changes: inout RowChanges) {
        guard closed.reason == .deviceEnded, let device = closed.device else { return }
        changes.delete(Self.cursors, key: [.integer(closed.user.value), .text(device)])
    }

    /// Nothing waits for a deleted user.
    private func forget(_ user: UserID, _ changes: inout RowChanges) {
        let user = ColumnValue.integer(user.value)
        changes.delete(Self.userCursors, key: [user])
        changes.delete(Self.cursors, where: ["user_id": user])
        changes.delete(Self.userStreams, where: ["user_id": user])
    }

    private func raise(_ acknowledged: FeedAcknowledged, _ changes: inout RowChanges) {
        for entry in acknowledged.entries {
            let user = ColumnValue.integer(entry.user.value)
            let raised = RowChanges.Assignment.raise(entry.position.value)
            changes.update(Self.cursors, key: [user, .text(entry.device)], ["position": raised])
            changes.update(Self.userCursors, key: [user], ["furthest": raised])
        }
    }
}
