public import ChatApplication
public import ChatDomain
import PostgresClient

/// Pages of the log. What is in archive files comes from there, if they are at hand; else it is told that it is
/// missing: no reading ever passes over it.
extension PostgresEventLog {
    /// The events after a position, in order.
    public func read(
        after: Position, upTo: Position?, limit: Int
    ) async throws(EventLogError) -> [RecordedEvent] {
        if let archived, archived.concerns(after: after) {
            return try await archived.page(after: after, upTo: upTo ?? Position(.max), limit: limit).events
        }
        let events = try await page(
            "chat_log.events WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3",
            [.int8(after.value), .int8(upTo?.value ?? .max), .int8(Int64(limit))])
        // Positions have no gaps: what is missing at the beginning, or altogether, is in an archive.
        if let first = events.first {
            guard first.position == after.advanced(by: 1) else { throw try await passedOver(after) }
        } else if let upTo, after < upTo, limit > 0, try await archivedThrough() > after {
            throw try await passedOver(after)
        }
        return events
    }

    /// The events of one stream after a position, in order.
    public func read(
        stream: StreamName, after: Position, limit: Int
    ) async throws(EventLogError) -> [RecordedEvent] {
        if stream.isKept {
            return try await page(
                """
                (SELECT * FROM chat_log.kept_events WHERE stream = $1 AND position > $2 UNION ALL
                SELECT * FROM chat_log.events WHERE stream = $1 AND position > $2) kept ORDER BY position LIMIT $3
                """, [.text(stream.value), .int8(after.value), .int8(Int64(limit))])
        }
        return try await read(
            "stream = $1", .text(stream.value), after: after, limit: limit, where: { $0.stream == stream })
    }

    /// The events of these types after a position, in order. It reads over all others: for rare use.
    public func read(
        types: [String], after: Position, limit: Int
    ) async throws(EventLogError) -> [RecordedEvent] {
        let meant = Set(types)
        return try await read(
            "type = ANY($1)", .textArray(types), after: after, limit: limit, where: { meant.contains($0.type) })
    }

    /// Up to where the events are in archives only; the start if all are here.
    public func archivedThrough() async throws(EventLogError) -> Position {
        Position(try await query("SELECT chat_log.archived()", []).int(0, 0) ?? 0)
    }

    /// Refuses to read over what is in archives only.
    func requireHere(after: Position) async throws(EventLogError) {
        guard try await archivedThrough() <= after else { throw try await passedOver(after) }
    }

    private func passedOver(_ after: Position) async throws(EventLogError) -> EventLogError {
        let archived = try await archivedThrough()
        guard archived > after else { return .refused("the log has no event at position \(after.advanced(by: 1))") }
        return .refused(
            "positions \(after.advanced(by: 1)) to \(archived) are in archive files only: chat-replay and chat-audit "
                + "read them with --archive DIR")
    }

    private func read(
        _ condition: String, _ parameter: PostgresValue, after: Position, limit: Int,
        where isMeant: (RecordedEvent) -> Bool
    ) async throws(EventLogError) -> [RecordedEvent] {
        var (found, from) = ([RecordedEvent](), after)
        if let archived, archived.concerns(after: after) {
            let page = try await archived.page(after: after, upTo: archived.last, limit: limit, where: isMeant)
            if page.isFull { return page.events }
            (found, from) = (page.events, archived.last)
        }
        let events = try await page(
            "chat_log.events WHERE \(condition) AND position > $2 ORDER BY position LIMIT $3",
            [parameter, .int8(from.value), .int8(Int64(limit - found.count))])
        // Afterwards: what is dropped meanwhile must not be missed.
        try await requireHere(after: from)
        return found + events
    }

    private func page(_ source: String, _ parameters: [PostgresValue]) async throws(EventLogError) -> [RecordedEvent] {
        let rows = "SELECT \(EventRows.columns) FROM \(source)"
        return try EventRows.events(try await query(EventRows.bounded(rows, bytes: LogPage.bytes), parameters))
    }
}
