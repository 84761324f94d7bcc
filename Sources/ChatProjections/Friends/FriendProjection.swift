public import ChatDomain

/// Who is whose friend, who would like to be, and who wants to hear nothing from whom.
public struct FriendProjection: Projection {
    /// `friends`: two rows a friendship, one for each side.
    public static let friends = TableSpec(
        "friends", key: ["user_id", "friend_id"],
        [.init("user_id", .bigint), .init("friend_id", .bigint), .init("since", .time)])

    /// `friend_requests`: those not yet answered.
    public static let requests = TableSpec(
        "friend_requests", key: ["from_id", "to_id"],
        [.init("from_id", .bigint), .init("to_id", .bigint), .init("at", .time)],
        indexes: [.init("to_id")])

    /// `blocks`: `user_id` wants to hear nothing from `blocked_id`.
    public static let blocks = TableSpec(
        "blocks", key: ["user_id", "blocked_id"],
        [.init("user_id", .bigint), .init("blocked_id", .bigint), .init("at", .time)],
        indexes: [.init("blocked_id")])

    /// Its stable name.
    public static let name = "friend"
    /// Of tables and fold.
    public static let version = 2
    /// The tables above.
    public static let tables = [friends, requests, blocks]
    /// What operators see.
    public static let views = [
        ViewSpec(.chat, "friends", "select user_id, friend_id, since from chat_read.friends")
    ]
    /// What it folds.
    public static let eventTypes: Set<EventType> = [
        .friendRequested, .friendRequestWithdrawn, .friendRequestRejected, .friendshipMade, .friendshipEnded,
        .userBlocked, .userUnblocked,
    ]

    /// A fold.
    public init(environment: ProjectionEnvironment) {}

    /// Adds what the event does to the tables.
    public func apply(_ event: ProjectedEvent, into changes: inout RowChanges) throws(ProjectionError) {
        switch event.event {
        case .friendRequested(let asked):
            changes.put(
                Self.requests,
                [
                    "from_id": .integer(asked.from.value), "to_id": .integer(asked.to.value),
                    "at": .time(event.recordedAt),
                ])
        case .friendRequestWithdrawn(let withdrawn): removeRequest(withdrawn.from, withdrawn.to, &changes)
        case .friendRequestRejected(let rejected): removeRequest(rejected.from, rejected.to, &changes)
        case .friendshipMade(let made):
            removeRequest(made.from, made.to, &changes)
            removeRequest(made.to, made.from, &changes)
            befriend(made.from, made.to, at: event.recordedAt, &changes)
            befriend(made.to, made.from, at: event.recordedAt, &changes)
        case .friendshipEnded(let ended):
            changes.delete(Self.friends, key: [.integer(ended.by.value), .integer(ended.with.value)])
            changes.delete(Self.friends, key: [.integer(ended.with.value), .integer(ended.by.value)])
        case .userBlocked(let blocked):
            changes.put(
                Self.blocks,
                [
                    "user_id": .integer(blocked.by.value), "blocked_id": .integer(blocked.user.value),
                    "at": .time(event.recordedAt),
                ])
        case .userUnblocked(let unblocked):
            changes.delete(Self.blocks, key: [.integer(unblocked.by.value), .integer(unblocked.user.value)])
        default: return
        }
    }

    private func removeRequest(_ from: UserID, _ to: UserID, _ changes: inout RowChanges) {
        changes.delete(Self.requests, key: [.integer(from.value), .integer(to.value)])
    }

    private func befriend(_ user: UserID, _ friend: UserID, at time: Int64, _ changes: inout RowChanges) {
        changes.put(
            Self.friends,
            ["user_id": .integer(user.value), "friend_id": .integer(friend.value), "since": .time(time)])
    }
}
