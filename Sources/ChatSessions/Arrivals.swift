import ChatDomain

/// Direct messages of others that were pushed to a session and are not acknowledged yet.
///
/// Bounded: of a client that acknowledges nothing for long, only the newest message of each sender is kept of what
/// came first, so that a late acknowledgement still says what has arrived; of an early one the sender may be told
/// only with the next message.
struct Arrivals {
    /// Messages that are kept each, and at most as many senders beside them.
    static let limit = 128

    private struct Message {
        var position: Position
        var from: UserID
        var seq: Int64
    }

    private var messages: [Message] = []

    mutating func add(_ position: Position, from user: UserID, seq: Int64) {
        messages.append(Message(position: position, from: user, seq: seq))
        if messages.count > 2 * Self.limit { thin() }
    }

    /// The newest message of each sender up to a position; forgets what stands there.
    mutating func take(upTo position: Position) -> [UserID: Int64] {
        guard let first = messages.first, first.position <= position else { return [:] }
        var newest: [UserID: Int64] = [:]
        let end = messages.firstIndex { $0.position > position } ?? messages.count
        for message in messages[..<end] { newest[message.from] = message.seq }
        messages.removeSubrange(..<end)
        return newest
    }

    private mutating func thin() {
        var senders: Set<UserID> = []
        var kept: [Message] = []
        for (age, message) in messages.reversed().enumerated() {
            let isNewest = senders.insert(message.from).inserted
            if age < Self.limit || isNewest { kept.append(message) }
            if kept.count == 2 * Self.limit - 1 { break }
        }
        messages = kept.reversed()
    }
}
