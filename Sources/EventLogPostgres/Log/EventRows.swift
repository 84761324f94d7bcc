import ChatApplication
import ChatDomain
import PostgresClient

/// The columns of an event, and how a row becomes one.
enum EventRows {
    static let columns = """
        position, type, schema, stream, version, touched, actor_id, session, device, cause, node, recorded_at, payload
        """

    /// How many columns these are: further ones of a query stand behind them.
    static let columnCount = 13

    /// Of rows of events in the order of the log, those up to the one that brings the payloads to so many bytes. Their
    /// lengths are known without reading them; what is cut off is never read. One column more is behind the others.
    static func bounded(_ rows: String, bytes: Int) -> String {
        """
        SELECT * FROM (
            SELECT *, sum(octet_length(payload)) OVER (
                ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
            FROM (\(rows)) page) weighed
        WHERE coalesce(bytes_before, 0) < \(bytes) ORDER BY position
        """
    }

    static func events(_ rows: PostgresResult) throws(EventLogError) -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        events.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount { events.append(try event(rows, row)) }
        return events
    }

    private static func event(_ rows: PostgresResult, _ row: Int) throws(EventLogError) -> RecordedEvent {
        guard let position = rows.int(row, 0), let type = rows.text(row, 1), let schema = rows.int(row, 2),
            let stream = rows.text(row, 3), let version = rows.int(row, 4), let time = rows.timestamp(row, 11),
            let payload = rows.bytes(row, 12)
        else { throw .refused("a row of the log is incomplete") }
        let cause = Cause(
            actor: rows.int(row, 6).map { UserID($0) }, session: rows.text(row, 7).map { SessionID($0) },
            device: rows.text(row, 8), reference: rows.text(row, 9))
        return RecordedEvent(
            position: Position(position), type: type, schema: Int(schema), stream: StreamName(stream), version: version,
            touched: touched(rows, row), cause: cause, node: rows.text(row, 10).map { NodeName($0) }, recordedAt: time,
            payload: payload)
    }

    private static func touched(_ rows: PostgresResult, _ row: Int) -> [StreamName] {
        guard let names = rows.elements(row, 5) else { return [] }
        return (0..<names.rowCount).compactMap { names.text($0, 0).map { StreamName($0) } }
    }
}
