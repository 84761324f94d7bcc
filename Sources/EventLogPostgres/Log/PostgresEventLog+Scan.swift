public import ChatApplication
public import ChatDomain
import PostgresClient

extension PostgresEventLog {
    /// Hands every event of a range to `body` in pages, in order; memory holds one page of about 256 KiB of rows.
    ///
    /// It reads by binary COPY, in strides of `LogLimits.scanStride` positions: a slow `body` keeps no snapshot open
    /// longer than one stride takes it.
    /// - Throws: what `body` threw, or an `EventLogError`.
    public func scan(
        after: Position, upTo: Position, _ body: ([RecordedEvent]) async throws -> Void
    ) async throws {
        var from = after.value
        if let archived, archived.concerns(after: after) {
            from = try await archived.scan(after: after, upTo: upTo) { events in
                try await body(events)
                return true
            }.value
        }
        try await requireHere(after: Position(from))
        while from < upTo.value {
            let to = min(from + LogLimits.scanStride, upTo.value)
            let statement = """
                COPY (SELECT \(EventRows.columns) FROM chat_log.events
                WHERE position > \(from) AND position <= \(to) ORDER BY position) TO STDOUT (FORMAT binary)
                """
            do {
                try await reads.withConnection { connection in
                    _ = try await connection.copyOut(statement) { try await body(try EventRows.events($0)) }
                }
            } catch let error as PostgresError {
                throw EventLogError(certain: error)
            }
            from = to
        }
    }
}
