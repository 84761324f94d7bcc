public import ChatDomain

extension EventLog {
    /// The last position that was recorded at or before a time, in microseconds since 1970 UTC; the log's start if
    /// there is none. Times never fall along the log, so it is found by halving, one event read a step.
    public func position(until time: Int64) async throws(EventLogError) -> Position {
        var before = Position.start
        var end = try await head()
        while before < end {
            let middle = Position(before.value + (end.value - before.value + 1) / 2)
            let event = try await read(after: middle.advanced(by: -1), upTo: nil, limit: 1).first
            if let event, event.recordedAt <= time { before = middle } else { end = middle.advanced(by: -1) }
        }
        return before
    }
}
