public import ChatDomain

/// The log's newest end as a sequence of pages: woken promptly, and polling as a safety net.
public protocol LogTail: Sendable {
    /// A page of the events after a position, as `EventLog.read` bounds it, as soon as there are any; waits at most
    /// `timeout`, then gives none.
    func next(after: Position, limit: Int, timeout: Duration) async throws(EventLogError) -> [RecordedEvent]

    /// Waits so long, or until a hint says that after a position something was appended which is more than talk.
    func rest(after: Position, atMost: Duration) async

    /// Says how far the log has come: whoever waits looks at once. Any thread.
    func hint(_ hint: LogHint)
}

/// How far the log has come, as one of those who append knows it.
public struct LogHint: Sendable, Equatable {
    /// The last event.
    public var head: Position
    /// The last event that is more than talk, or before: a client may wait for the read tables to have it.
    public var awaited: Position
    /// A hint; by default somebody waits for all of it.
    public init(head: Position, awaited: Position? = nil) {
        self.head = head
        self.awaited = awaited ?? head
    }
}

extension EventType {
    /// What comes with every message, and what nobody looks up at once.
    public static let talk: Set<String> = Set([messageSent, feedAcknowledged, conversationRead].map(\.rawValue))
}
