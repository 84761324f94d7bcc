public import ChatApplication
public import ChatDomain
import ChatProjections
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
        /// The type of the event that it is stuck ahead of.
        public var errorType: String?
        /// The set that is being built beside it, if any.
        public var building: ProjectionSet?
        /// The hash of its rows at its position, if that was asked for and its tables are of this program's version.
        public var hash: StateHash?
    }

    /// The node that runs the projections; of nodes of several versions the one that runs the most.
    public struct Leader: Sendable {
        /// Its name.
        public var node: String
        /// The term of its lease.
        public var term: Int64
    }

    /// The life of the log.
    public var epoch: String
    /// The newest position.
    public var head: Position
    /// Up to where the events are in archives only; the start if all are in the database.
    public var archived: Position
    /// Nil while nobody holds a lease.
    public var leader: Leader?
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
                    ::double precision as behind,
                (select e.type from chat_log.events e where e.position = p.error_position) as error_type
            from chat_read.projections p where live order by projection
            """)
        let building = try await SetPointer.load(session, liveOnly: false).filter {
            !$0.isLive && $0.state != .retired
        }
        var entries: [Entry] = []
        for row in 0..<result.rowCount {
            guard var set = ProjectionSet(result, row) else { continue }
            if result.bool(row, 9) != true { set.rate = 0 }
            entries.append(
                Entry(
                    set: set, lag: max(0, head.value - set.position.value),
                    lagSeconds: max(0, result.double(row, 10) ?? 0), errorType: result.text(row, 11),
                    building: building.last { $0.projection == set.projection }))
        }
        return ProjectionStatus(
            epoch: epoch, head: head,
            archived: Position(try await session.query("select chat_log.archived()").int(0, 0) ?? 0),
            leader: try await leader(session), projections: entries)
    }

    /// The same, with the hash of each projection's rows: all as they stood at one moment.
    public static func readHashed(
        _ connection: PostgresConnection, log: any EventLog
    ) async throws -> ProjectionStatus {
        try await connection.transaction(begin: LiveTables.snapshot) { transaction in
            var status = try await read(transaction, log: log)
            for (index, entry) in status.projections.enumerated() {
                guard let kind = ProjectionCatalog.named(entry.set.projection), kind.version == entry.set.version
                else { continue }
                try Task.checkCancellation()
                status.projections[index].hash = try await LiveTables(kind, transaction).hash()
            }
            return status
        }
    }

    private static func leader(_ session: some PostgresSession) async throws -> Leader? {
        let result = try await session.query(
            """
            select node, max(term) from chat_cluster.leader
            where starts_with(name, $1) and expires_at > clock_timestamp()
            group by node order by count(*) desc, node limit 1
            """, [.text(Lease.name(of: ""))])
        guard result.rowCount == 1, let node = result.text(0, 0), let term = result.int(0, 1) else { return nil }
        return Leader(node: node, term: term)
    }
}
