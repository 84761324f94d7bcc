public import ChatApplication
public import ChatDomain
import PostgresClient

extension PostgresReadModels: ReadModels {
    private static let feedTypes = EventType.allCases.filter(\.isFeed).map(\.rawValue)

    /// See `ReadModels`.
    public func messages(
        in conversation: Conversation, from: Position, after: Int64?, before: Int64?, limit: Int
    ) async throws(EventLogError) -> (events: [RecordedEvent], more: Bool, archived: Bool) {
        let stream = StreamName.messages(conversation).value
        let isForward = after != nil && before == nil
        // Where the bounds stand is sought first, so that a page costs the same however old it is.
        let rows = try await query(
            """
            select \(EventRows.columns) from chat_log.events e
            where e.stream = $1 and e.position > $2
                and e.position > coalesce((select chat_log.seek($1, $3)), 0)
                and e.position < coalesce((select chat_log.seek($1, $4)), 9223372036854775807)
                and e.version > $3 and e.version < $4
            order by e.position \(isForward ? "asc" : "desc") limit $5
            """,
            [
                .text(stream), .int8(from.value), .int8(after ?? 0), .int8(before ?? Int64.max),
                .int8(Int64(limit) + 1),
            ])
        let events = try EventRows.events(rows)
        let page = Array(events.prefix(limit))
        let ordered = isForward ? page : page.reversed()
        let more = events.count > limit
        // Where a page begins at what was asked for, or has more before it, nothing is archived.
        let first = (after ?? 0) + 1
        guard isForward || !more, ordered.first.map({ $0.version > first }) ?? true else {
            return (ordered, more, false)
        }
        return (ordered, more, try await isArchived(stream, version: first, after: from))
    }

    /// Whether a version of a stream is in archives only, and was appended after a position, as far as that is known.
    private func isArchived(
        _ stream: String, version: Int64, after position: Position
    ) async throws(EventLogError) -> Bool {
        let rows = try await query(
            """
            select chat_log.archived() > $3 and chat_log.seek($1, $2) <= chat_log.archived()
            from chat_log.heads where stream = $1 and version >= $2
            """, [.text(stream), .int8(version), .int8(position.value)])
        return rows.rowCount == 1 && rows.bool(0, 0) == true
    }

    private static let backlog = """
        with concerns as (\(LoginReads.missedStreams(user: "$1", after: "$2", upTo: "$3")))
        select e.*, c.from_position, c.to_position from concerns c cross join lateral (
            select \(EventRows.columns) from chat_log.events e
            where e.stream = c.stream and e.position > $2 and e.position <= $3
                and e.position >= c.from_position and (c.to_position is null or e.position <= c.to_position)
                and e.type = any ($4)
            order by e.position limit $5) e
        order by e.position limit $5
        """

    /// See `ReadModels`.
    public func backlog(
        of user: UserID, after: Position, upTo: Position, limit: Int
    ) async throws(EventLogError) -> BacklogPage {
        try await watch.wait(for: ["offline"], atLeast: upTo)
        // Most who come back have missed nothing.
        let standing = try await logins.standings.ask(
            LoginReads.StandingAsked(user: user, after: after, upTo: upTo))
        guard standing.hasMissed else {
            return BacklogPage(entries: [], through: upTo, groups: standing.member, administered: standing.admin)
        }
        let rows = try await query(
            EventRows.bounded(Self.backlog, bytes: BacklogPage.bytes),
            [
                .int8(user.value), .int8(after.value), .int8(upTo.value), .textArray(Self.feedTypes),
                .int8(Int64(limit)),
            ])
        let events = try EventRows.events(rows)
        let entries = events.enumerated().map { row, event in
            BacklogPage.Entry(
                event: event, since: Position(rows.int(row, EventRows.columnCount) ?? 0),
                until: rows.int(row, EventRows.columnCount + 1).map { Position($0) })
        }
        let bytes = events.reduce(0) { $0 + $1.payload.count }
        let isAll = events.count < limit && bytes < BacklogPage.bytes
        guard !isAll, let last = events.last?.position, last < upTo else {
            return BacklogPage(entries: entries, through: upTo, groups: standing.member, administered: standing.admin)
        }
        let then = try await logins.standings.ask(LoginReads.StandingAsked(user: user, after: last, upTo: last))
        return BacklogPage(entries: entries, through: last, groups: then.member, administered: then.admin)
    }

    /// See `ReadModels`.
    public func cursor(of user: UserID, device: String, atLeast: Position) async throws(EventLogError) -> Position {
        let rows = try await query(
            ["offline"], atLeast: atLeast,
            "select position from chat_read.cursors where user_id = $1 and device = $2",
            [.int8(user.value), .text(device)])
        guard rows.rowCount == 1, let position = rows.int(0, 0) else {
            throw .unavailable("the device has no cursor")
        }
        return Position(position)
    }

    /// See `ReadModels`.
    public func sessionSnapshot() async throws(EventLogError) -> (sessions: [OpenSessionRow], at: Position) {
        try await snapshot(of: ["sessions"]) { transaction in
            (try await Self.sessions(transaction), try await Self.position(of: "session", transaction))
        }
    }

    /// See `ReadModels`.
    public func routingSnapshot() async throws(EventLogError) -> RoutingSnapshot {
        try await snapshot(of: ["sessions", "group_members"]) { transaction in
            let rows = try await transaction.query(
                "select group_id, user_id, role <> 'member' from chat_read.group_members")
            let members = rows.map { (group: GroupID(rows.int($0, 0) ?? 0), user: UserID(rows.int($0, 1) ?? 0)) }
            return RoutingSnapshot(
                sessions: try await Self.sessions(transaction),
                sessionsAt: try await Self.position(of: "session", transaction),
                members: members,
                admins: members.indices.filter { rows.bool($0, 2) == true }.map { members[$0] },
                membersAt: try await Self.position(of: "group", transaction))
        }
    }

    /// Pointer, checkpoint and rows in one snapshot. A view shows what it points at now, not what it pointed at when
    /// the snapshot was taken: so the views are held first, and no set is swapped in between.
    private func snapshot<Value: Sendable>(
        of views: [String], _ body: @Sendable (PostgresTransaction) async throws -> Value
    ) async throws(EventLogError) -> Value {
        do {
            return try await pool.transaction(begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") { transaction in
                let milliseconds = Int(LogLimits.snapshotLimit / .milliseconds(1))
                _ = try await transaction.query("SET LOCAL statement_timeout = \(milliseconds)")
                for view in views {
                    _ = try await transaction.query("LOCK TABLE chat_read.\(view) IN ACCESS SHARE MODE")
                }
                return try await body(transaction)
            }
        } catch {
            throw .unavailable(String(describing: error))
        }
    }

    private static func sessions(_ transaction: PostgresTransaction) async throws -> [OpenSessionRow] {
        let rows = try await transaction.query("select session, user_id, node from chat_read.sessions where feed")
        return rows.map { row in
            OpenSessionRow(
                session: SessionID(rows.text(row, 0) ?? ""), user: UserID(rows.int(row, 1) ?? 0),
                node: NodeName(rows.text(row, 2) ?? ""))
        }
    }

    private static func position(of projection: String, _ transaction: PostgresTransaction) async throws -> Position {
        let rows = try await transaction.query(
            "select position from chat_read.projections where live and projection = $1", [.text(projection)])
        return Position(rows.rowCount == 1 ? rows.int(0, 0) ?? 0 : 0)
    }
}
