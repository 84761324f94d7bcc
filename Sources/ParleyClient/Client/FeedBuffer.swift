import JSONText

/// What was pushed and waits for whoever reads the feed: bounded in bytes. Pure.
///
/// At `limit` no more is read from the socket, unless an answer is awaited, which may stand behind further pushes. At
/// twice the limit those are thrown away; once what waits is taken, the feed is read again from there.
struct FeedBuffer {
    /// What is held before nothing further is read, in bytes of the wire.
    let limit: Int

    private var waiting: [(push: Push, bytes: Int)] = []
    private var first = 0
    /// The bytes that wait.
    private(set) var bytes = 0
    /// What lies at or below it was handed out, or waits.
    private var floor: Int64 = 0
    /// The highest position that was handed out.
    private(set) var handedOut: Int64 = 0

    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { first == waiting.count }
    /// Whether more may be read though nobody waits for an answer.
    var hasRoom: Bool { bytes < limit }
    /// Whether nothing more is kept.
    var isOverfull: Bool { bytes >= 2 * limit }

    /// Takes a push, unless it came before.
    mutating func add(_ push: Push, bytes count: Int) {
        if push.isOfFeed, let position = push.position {
            guard position > floor else { return }
            floor = position
        }
        waiting.append((push, count))
        bytes += count
    }

    mutating func next() -> Push? {
        guard first < waiting.count else { return nil }
        let (push, count) = waiting[first]
        first += 1
        bytes -= count
        if first == waiting.count || first >= FeedBuffer.compaction {
            waiting.removeFirst(first)
            first = 0
        }
        if push.marksTheFeed, let position = push.position { handedOut = max(handedOut, position) }
        return push
    }

    /// The connection is gone: what waits comes again, as it counts as arrived only when it is acknowledged.
    mutating func forget() {
        waiting = []
        first = 0
        bytes = 0
        floor = handedOut
    }

    /// The server was restored: what lies above never happened.
    mutating func reset(to position: Int64) {
        forget()
        handedOut = min(handedOut, position)
        floor = handedOut
    }

    /// Places of pushes already taken that are kept before the rest is moved to the front.
    private static let compaction = 1024
}
