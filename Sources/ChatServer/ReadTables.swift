import ChatApplication
import ChatDomain
import ChatProjections
import EventLogPostgres
import PostgresClient
import Synchronization

/// Whether the read tables that a login needs follow the log: one that had to wait for them too long would stand in the
/// log already, and could only be cut off.
final class ReadTables: Sendable {
    /// A log's end that was seen so many microseconds ago must have been reached by now: 3 s.
    private static let patience: Int64 = 3_000_000
    /// Between two looks until the tables follow for the first time, and afterwards.
    static let pauses: (first: Duration, later: Duration) = (.milliseconds(20), .seconds(1))

    private struct State {
        /// Ends of the log that were seen, and when; the oldest first.
        var seen: [(at: Int64, head: Int64)] = []
        var follow = false
    }

    private let state = Mutex(State())
    private let pool: PostgresPool
    private let clock: SystemClock
    /// Those that fold by themselves hold no login up.
    private static let projections = ProjectionCatalog.all.filter { !$0.runsAlone }.map { $0.name }

    init(pool: PostgresPool, clock: SystemClock) {
        self.pool = pool
        self.clock = clock
    }

    /// As of the last look.
    var follow: Bool { state.withLock { $0.follow } }

    /// Asks the database; gives the log's end.
    func look() async throws -> Position {
        let rows = try await pool.withConnection { connection in
            try await connection.query(
                """
                select chat_log.head(), (
                    select min(position) from chat_read.projections where live and projection = any ($1))
                """, [.textArray(Self.projections)], timeout: LogLimits.readPatience)
        }
        let head = rows.int(0, 0) ?? 0
        saw(head: head, reached: rows.int(0, 1) ?? 0, at: clock.now())
        return Position(head)
    }

    /// At the first look the log's end of that moment counts: nobody knows for how long it has stood there.
    func saw(head: Int64, reached: Int64, at now: Int64) {
        state.withLock { state in
            let isFirst = state.seen.isEmpty
            state.seen.append((now, head))
            while state.seen.count > 1, state.seen[1].at <= now - Self.patience { state.seen.removeFirst() }
            guard let due = state.seen.first, isFirst || !state.follow || due.at <= now - Self.patience else { return }
            state.follow = reached >= due.head
        }
    }
}
