public import ChatDomain
import ChatProjections
import PostgresClient

/// A set of a projection's read tables, and how far it is: one row of the bookkeeping.
public struct ProjectionSet: Sendable, Equatable {
    /// What becomes of a set.
    public enum State: String, Sendable {
        /// It follows the log.
        case running
        /// It waits ahead of an event that its fold cannot take, until the next start.
        case stuck
        /// A rebuild fills it.
        case filling
        /// A rebuild has filled it, and brings it up to the log's end.
        case catchingUp = "catching-up"
        /// It was live before, and is kept for a rollback.
        case retired
    }

    /// The projection's name.
    public var projection: String
    /// The set's number, from 1.
    public var number: Int
    /// The version of fold and tables that made it.
    public var version: Int
    /// Whether readers see it.
    public var isLive: Bool
    /// The last event that it has folded.
    public var position: Position
    /// What becomes of it.
    public var state: State
    /// Why it is stuck.
    public var error: String?
    /// The event that it is stuck ahead of.
    public var errorPosition: Position?
    /// Events a second, lately.
    public var rate: Double?

    static let columns = "projection, set_number, version, live, position, state, error, error_position, rate"

    init?(_ result: PostgresResult, _ row: Int) {
        guard let projection = result.text(row, 0), let number = result.int(row, 1), let version = result.int(row, 2),
            let isLive = result.bool(row, 3), let position = result.int(row, 4),
            let state = result.text(row, 5).flatMap(State.init)
        else { return nil }
        self.projection = projection
        self.number = Int(number)
        self.version = Int(version)
        self.isLive = isLive
        self.position = Position(position)
        self.state = state
        error = result.text(row, 6)
        errorPosition = result.int(row, 7).map(Position.init)
        rate = result.double(row, 8)
    }
}

/// The bookkeeping of sets in `chat_read.projections`.
enum SetPointer {
    /// All sets, or the live ones only, by projection and number.
    static func load(
        _ session: some PostgresSession, liveOnly: Bool
    ) async throws(PostgresError) -> [ProjectionSet] {
        let result = try await session.query(
            """
            select \(ProjectionSet.columns) from chat_read.projections \
            where live or not $1 order by projection, set_number
            """, [.bool(liveOnly)])
        return (0..<result.rowCount).compactMap { ProjectionSet(result, $0) }
    }

    /// Moves the checkpoints of live sets from one position to another, in one statement. The rows are locked in the
    /// order of their names, as a swap does. Returns how many it moved: sets that moved meanwhile, or were swapped,
    /// are not among them, nor those whose lease has ended. (Compared with a column of the set, leases are looked up for
    /// those alone that are found, and not for every pair.)
    static func advance(
        _ session: some PostgresSession, _ sets: [(projection: String, number: Int, lease: Lease)], from: Position,
        to: Position, rate: Double
    ) async throws(PostgresError) -> Int {
        let result = try await session.query(
            """
            with wanted as (
                select p.projection, p.set_number from chat_read.projections p
                join unnest($1::text[], $2::bigint[], $4::text[], $5::text[], $6::bigint[])
                    as w (projection, set_number, lease, node, term)
                    on w.projection = p.projection and w.set_number = p.set_number
                where p.position = $3 and p.live and chat_cluster.holds(w.lease, w.node, w.term) = p.live
                order by p.projection for update of p)
            update chat_read.projections p
            set position = $7, rate = $8, state = 'running', error = null, error_position = null,
                updated_at = clock_timestamp()
            from wanted w where p.projection = w.projection and p.set_number = w.set_number and p.position = $3
            """,
            [
                .textArray(sets.map(\.projection)), .int8Array(sets.map { Int64($0.number) }), .int8(from.value),
                .textArray(sets.map(\.lease.name)), .textArray(sets.map(\.lease.node.value)),
                .int8Array(sets.map(\.lease.term)), .int8(to.value), .double(rate),
            ])
        return result.affectedRows
    }

    /// Adds a set that is not live.
    static func add(
        _ session: some PostgresSession, _ kind: any Projection.Type, _ number: Int, _ state: ProjectionSet.State
    ) async throws(PostgresError) {
        _ = try await session.query(
            """
            insert into chat_read.projections (projection, set_number, version, live, state) \
            values ($1, $2, $3, false, $4)
            """, [.text(kind.name), .int8(Int64(number)), .int8(Int64(kind.version)), .text(state.rawValue)])
    }

    /// Forgets a set that is not live.
    static func remove(
        _ session: some PostgresSession, _ kind: any Projection.Type, _ number: Int
    ) async throws(PostgresError) {
        _ = try await session.query(
            "delete from chat_read.projections where projection = $1 and set_number = $2 and not live",
            [.text(kind.name), .int8(Int64(number))])
    }

    /// Says that a set waits ahead of an event.
    static func markStuck(
        _ session: some PostgresSession, _ projection: String, _ number: Int, _ failure: FoldFailure
    ) async throws(PostgresError) {
        _ = try await session.query(
            """
            update chat_read.projections
            set state = 'stuck', error = $3, error_position = $4, rate = 0, updated_at = clock_timestamp()
            where projection = $1 and set_number = $2 and state <> 'retired'
            """,
            [
                .text(projection), .int8(Int64(number)), .text(failure.error.reason), .int8(failure.position.value),
            ])
    }
}

extension PostgresSession {
    func run(_ statement: SQLStatement) async throws(PostgresError) {
        _ = try await query(statement.text, statement.parameters)
    }
}
