import ChatApplication
public import ChatDomain
public import PostgresClient

/// The life of the log that a connection meets: a database that was restored, or promoted, begins another one.
public struct LogLife: Sendable, Equatable {
    /// The epoch.
    public let epoch: String
    /// Its first position: what was at it and above in the life before, nobody has any more.
    public let from: Position
    /// The database in which it began: system identifier and timeline.
    public let physical: String

    /// Asks over a new connection, before anything else is asked, and begins an epoch if this is another database than
    /// the one in which the last one began (`chat_log.observe_epoch`).
    ///
    /// - Throws: what the database refuses, as to a role that may not append.
    public static func observe(_ connection: PostgresConnection) async throws -> LogLife {
        let rows = try await connection.query(
            "select epoch, from_position, physical from chat_log.observe_epoch()", timeout: LogLimits.readPatience)
        guard rows.rowCount == 1, let epoch = rows.text(0, 0), let from = rows.int(0, 1),
            let physical = rows.text(0, 2)
        else {
            throw EventLogError.refused("the log has no epoch")
        }
        return LogLife(epoch: epoch, from: Position(from), physical: physical)
    }
}
