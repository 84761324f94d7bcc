public import ChatDomain

/// The log's newest end as a sequence of pages: woken promptly, and polling as a safety net.
public protocol LogTail: Sendable {
    /// A page of the events after a position, as `EventLog.read` bounds it, as soon as there are any; waits at most `timeout`, then gives none.
    func next(after: Position, limit: Int, timeout: Duration) async throws(EventLogError) -> [RecordedEvent]

    /// Says that the log has reached this position: whoever waits looks at once.
    func hint(_ head: Position) async
}
