public import ChatDomain

/// Which conversations a user has, how far each is read, and how far the other side has it.
///
/// A message writes at most two rows, however many members a group has: what all members share stands in
/// `group_conversations`, and the row of a member is written by the member's own doing only.
public struct ConversationProjection: TallyingProjection {
    /// `direct_conversations`: two rows a conversation, one for each side, from its first message on.
    ///
    /// `delivered_seq` is the newest message of the other side that a device of this user has acknowledged.
    public static let direct = TableSpec(
        "direct_conversations", key: ["user_id", "peer_id"],
        [
            .init("user_id", .bigint),
            .init("peer_id", .bigint),
            .init("position", .bigint),
            .init("last_seq", .bigint),
            .init("read_seq", .bigint),
            .init("delivered_seq", .bigint),
        ],
        indexes: [.init("user_id, position")], fillfactor: 70)

    /// `group_conversations`: the last message of each group, or its creation.
    public static let groups = TableSpec(
        "group_conversations", key: ["group_id"],
        [.init("group_id", .bigint), .init("position", .bigint), .init("last_seq", .bigint)], fillfactor: 50)

    /// `group_reads`: how far present members have read; what was said before they joined counts as read.
    public static let reads = TableSpec(
        "group_reads", key: ["group_id", "user_id"],
        [
            .init("group_id", .bigint),
            .init("user_id", .bigint),
            .init("joined_position", .bigint),
            .init("read_seq", .bigint),
        ],
        indexes: [.init("user_id")], fillfactor: 70)

    /// Its stable name.
    public static let name = "conversation"
    /// Of tables and fold.
    public static let version = 1
    /// The tables above.
    public static let tables = [direct, groups, reads]
    /// None.
    public static let views: [ViewSpec] = []
    /// What it folds.
    public static let eventTypes: Set<EventType> = [
        .messageSent, .conversationRead, .feedAcknowledged, .groupCreated, .groupDeleted, .memberJoined, .memberLeft,
        .memberKicked,
    ]

    /// A fold.
    public init(environment: ProjectionEnvironment) {}

    /// Adds what the event does to the tables.
    public func apply(_ event: ProjectedEvent, into changes: inout RowChanges) throws(ProjectionError) {
        switch event.event {
        case .messageSent(let sent): message(sent, event, &changes)
        case .conversationRead(let read): reading(read, &changes)
        case .feedAcknowledged(let acknowledged): arrival(acknowledged, &changes)
        case .groupCreated(let created): create(created, event, &changes)
        case .memberJoined(let joined): join(joined, event, &changes)
        case .memberLeft(let left): leave(left.group, left.user, &changes)
        case .memberKicked(let kicked): leave(kicked.group, kicked.user, &changes)
        case .groupDeleted(let deleted):
            changes.delete(Self.reads, where: ["group_id": .integer(deleted.group.value)])
            changes.delete(Self.groups, key: [.integer(deleted.group.value)])
        default: return
        }
    }
}

extension ConversationProjection {
    /// What all messages of a tally do; the last one of each sender is what he or she has read.
    public func apply(_ tally: MessageTally, into changes: inout RowChanges) {
        switch tally.conversation {
        case .direct(let one, let other):
            side(one, other, tally, &changes)
            side(other, one, tally, &changes)
        case .group(let group):
            put(group, tally.lastPosition, lastSeq: tally.lastSeq, &changes)
            for sender in tally.senders {
                changes.update(
                    Self.reads, key: [.integer(group.value), .integer(sender.user.value)],
                    ["read_seq": .raise(sender.lastSeq)])
            }
        }
    }

    /// Where it matters whether a conversation has begun, and how far it is.
    public static func awaited(by event: ChatEvent) -> AwaitedMessages {
        switch event {
        case .conversationRead(let read): .of([read.conversation])
        case .feedAcknowledged(let acknowledged):
            .of(
                acknowledged.entries.flatMap { entry in
                    entry.delivered.map { Conversation.direct(between: entry.user, and: $0.with) }
                })
        case .groupCreated(let created): .of([.group(created.group)])
        case .groupDeleted(let deleted): .of([.group(deleted.group)])
        case .memberJoined(let joined): .of([.group(joined.group)])
        case .memberLeft(let left): .of([.group(left.group)])
        case .memberKicked(let kicked): .of([.group(kicked.group)])
        default: .all
        }
    }

    private func message(_ sent: MessageSent, _ event: ProjectedEvent, _ changes: inout RowChanges) {
        apply(
            MessageTally(
                conversation: sent.conversation, firstSeq: event.version, lastSeq: event.version,
                lastPosition: event.position, senders: [.init(user: sent.from, lastSeq: event.version)]),
            into: &changes)
    }

    /// Whoever sends has read up to it. The first message makes the rows, so that no later one has to ask for them.
    private func side(_ user: UserID, _ peer: UserID, _ tally: MessageTally, _ changes: inout RowChanges) {
        let (position, seq) = (tally.lastPosition.value, tally.lastSeq)
        let read = tally.lastSeq(of: user) ?? 0
        let (user, peer) = (ColumnValue.integer(user.value), ColumnValue.integer(peer.value))
        guard tally.firstSeq > 1 else {
            return changes.put(
                Self.direct,
                [
                    "user_id": user, "peer_id": peer, "position": .integer(position), "last_seq": .integer(seq),
                    "read_seq": .integer(read), "delivered_seq": .integer(0),
                ])
        }
        changes.update(
            Self.direct, key: [user, peer],
            ["position": .raise(position), "last_seq": .raise(seq), "read_seq": .raise(read)])
    }

    private func reading(_ read: ConversationRead, _ changes: inout RowChanges) {
        let user = ColumnValue.integer(read.user.value)
        switch read.conversation {
        case .direct:
            guard let peer = read.conversation.otherSide(of: read.user) else { return }
            changes.update(Self.direct, key: [user, .integer(peer.value)], ["read_seq": .raise(read.seq)])
        case .group(let group):
            changes.update(Self.reads, key: [.integer(group.value), user], ["read_seq": .raise(read.seq)])
        }
    }

    private func arrival(_ acknowledged: FeedAcknowledged, _ changes: inout RowChanges) {
        for entry in acknowledged.entries {
            for arrived in entry.delivered {
                changes.update(
                    Self.direct, key: [.integer(entry.user.value), .integer(arrived.with.value)],
                    ["delivered_seq": .raise(arrived.seq)])
            }
        }
    }

    private func create(_ created: GroupCreated, _ event: ProjectedEvent, _ changes: inout RowChanges) {
        put(created.group, event.position, lastSeq: 0, &changes)
        changes.put(
            Self.reads,
            [
                "group_id": .integer(created.group.value), "user_id": .integer(created.owner.value),
                "joined_position": .integer(event.position.value), "read_seq": .integer(0),
            ])
    }

    private func put(_ group: GroupID, _ position: Position, lastSeq: Int64, _ changes: inout RowChanges) {
        changes.put(
            Self.groups,
            [
                "group_id": .integer(group.value), "position": .integer(position.value),
                "last_seq": .integer(lastSeq),
            ])
    }

    private func join(_ joined: MemberJoined, _ event: ProjectedEvent, _ changes: inout RowChanges) {
        changes.insert(
            Self.reads,
            [
                "group_id": .integer(joined.group.value), "user_id": .integer(joined.user.value),
                "joined_position": .integer(event.position.value),
            ],
            filling: ["read_seq"], from: "last_seq", of: Self.groups, key: [.integer(joined.group.value)])
    }

    private func leave(_ group: GroupID, _ user: UserID, _ changes: inout RowChanges) {
        changes.delete(Self.reads, key: [.integer(group.value), .integer(user.value)])
    }
}
