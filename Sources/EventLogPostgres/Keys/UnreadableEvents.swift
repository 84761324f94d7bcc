public import ChatDomain
public import PostgresClient

/// What of a person's in the log is sealed, by type: what an erasure makes unreadable.
public struct UnreadableEvents: Sendable, Hashable {
    /// The events' type.
    public let type: String
    /// How many there are.
    public let count: Int64
    /// The first one's position.
    public let first: Position
    /// The last one's position.
    public let last: Position

    /// Counts them, up to a position; reads the whole log.
    public static func count(of user: UserID, upTo: Position, _ pool: PostgresPool) async throws -> [UnreadableEvents] {
        let rows = try await pool.withConnection { connection in
            try await connection.query(
                """
                select type, count(*), min(position), max(position) from chat_log.events
                where position <= $2 and (actor_id = $1 or stream in ('account:' || $1, 'devices:' || $1))
                    and position('"sealed":{"key":'::bytea in payload) > 0
                group by type order by min(position)
                """, [.int8(user.value), .int8(upTo.value)])
        }
        return (0..<rows.rowCount).map { row in
            UnreadableEvents(
                type: rows.text(row, 0) ?? "", count: rows.int(row, 1) ?? 0, first: Position(rows.int(row, 2) ?? 0),
                last: Position(rows.int(row, 3) ?? 0))
        }
    }
}
