import ChatApplication
public import ChatDomain
public import PostgresClient

/// What of a person's in the log is sealed, by type: what an erasure makes unreadable.
public struct UnreadableEvents: Sendable, Hashable {
    /// The events' type.
    public var type: String
    /// How many there are.
    public var count: Int64
    /// The first one's position.
    public var first: Position
    /// The last one's position.
    public var last: Position

    /// Counts them, up to a position; reads the whole log, and what is in archives as far as there are files.
    public static func count(
        of user: UserID, upTo: Position, archived: ArchivedPart?, _ pool: PostgresPool
    ) async throws -> [UnreadableEvents] {
        var counts: [String: UnreadableEvents] = [:]
        if let archived, archived.events != nil {
            let own = Set([StreamName.account(user), .devices(user)])
            _ = try await archived.scan(after: .start, upTo: upTo) { events in
                for event in events where event.cause.actor == user || own.contains(event.stream) {
                    guard isSealed(event.payload) else { continue }
                    add(
                        UnreadableEvents(type: event.type, count: 1, first: event.position, last: event.position),
                        &counts)
                }
                return true
            }
        }
        for found in try await countInDatabase(of: user, upTo: upTo, pool) { add(found, &counts) }
        return counts.values.sorted { $0.first < $1.first }
    }

    private static func add(_ found: UnreadableEvents, _ counts: inout [String: UnreadableEvents]) {
        guard var known = counts[found.type] else { return counts[found.type] = found }
        known.count += found.count
        known.first = min(known.first, found.first)
        known.last = max(known.last, found.last)
        counts[found.type] = known
    }

    /// As the condition below: every sealed member begins so.
    private static func isSealed(_ payload: [UInt8]) -> Bool {
        let mark = Array(#""sealed":{"key":"#.utf8)
        guard payload.count >= mark.count else { return false }
        return (0...payload.count - mark.count).contains { start in
            payload[start] == mark[0] && payload[start..<start + mark.count].elementsEqual(mark)
        }
    }

    private static func countInDatabase(
        of user: UserID, upTo: Position, _ pool: PostgresPool
    ) async throws -> [UnreadableEvents] {
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
