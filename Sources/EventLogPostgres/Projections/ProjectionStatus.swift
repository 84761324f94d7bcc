public import ChatApplication
public import ChatDomain
public import PostgresClient

/// Where every projection stands.
public struct ProjectionStatus: Sendable {
    /// One projection.
    public struct Entry: Sendable {
        /// Its live set.
        public var set: ProjectionSet
        /// Events between its position and the head.
        public var lag: Int64
        /// How much older than now the first event is that it has not folded, in seconds; 0 if it has folded all.
        public var lagSeconds: Double
    }

    /// The life of the log.
    public var epoch: String
    /// The newest position.
    public var head: Position
    /// By name.
    public var projections: [Entry]

    /// Reads all of it. Positions may be a little newer than the head.
    public static func read(_ session: some PostgresSession, log: any EventLog) async throws -> ProjectionStatus {
        let epoch = try await log.epoch()
        let head = try await log.head()
        let result = try await session.query(
            """
            select \(ProjectionSet.columns),
                updated_at > clock_timestamp() - interval '10 seconds' as moving,
                coalesce(extract(epoch from clock_timestamp() - (
                    select e.recorded_at from chat_log.events e where e.position = p.position + 1)), 0)
                    ::double precision as behind
            from chat_read.projections p where live order by projection
            """)
        var entries: [Entry] = []
        for row in 0..<result.rowCount {
            guard var set = ProjectionSet(result, row) else { continue }
            if result.bool(row, 9) != true { set.rate = 0 }
            entries.append(
                Entry(
                    set: set, lag: max(0, head.value - set.position.value),
                    lagSeconds: max(0, result.double(row, 10) ?? 0)))
        }
        return ProjectionStatus(epoch: epoch, head: head, projections: entries)
    }
}
