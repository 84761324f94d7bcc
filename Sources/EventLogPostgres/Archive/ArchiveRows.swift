import ChatApplication
import ChatDomain
import LogArchive
import PostgresClient

/// What of the database goes into an archive beside the events, row by row.
enum ArchiveRows {
    // MARK: Out

    /// What the file is: the lives of the log up to the last event, and the numbers given out.
    static func header(
        _ session: some PostgresSession, from: Position, to: Position
    ) async throws -> ArchiveHeader {
        // A life that begins right behind the last event has begun as far as the file is concerned.
        let lives = try await session.query(
            """
            SELECT epoch, from_position, started_at FROM chat_log.epochs WHERE from_position <= $1 \
            ORDER BY from_position, started_at
            """, [.int8(to.value + 1)])
        let numbers = try await session.query(
            """
            SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM chat_log.user_ids), \
            (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM chat_log.group_ids)
            """)
        let lineage = (0..<lives.rowCount).map { row in
            ArchiveHeader.Life(
                epoch: lives.text(row, 0) ?? "", from: Position(lives.int(row, 1) ?? 1),
                at: lives.timestamp(row, 2) ?? 0)
        }
        guard !lineage.isEmpty else { throw EventLogError.refused("the log has no epoch") }
        return ArchiveHeader(
            lineage: lineage, from: from, to: to, users: numbers.int(0, 0) ?? 0, groups: numbers.int(0, 1) ?? 0,
            redacted: false)
    }

    static let keys = """
        SELECT id, user_id, purpose, quarter, created_at, destroyed_at, key FROM chat_private.sealing_keys ORDER BY id
        """

    static func key(_ rows: PostgresResult, _ row: Int) throws(EventLogError) -> ArchivedKey {
        guard let id = rows.int(row, 0), let user = rows.int(row, 1), let purpose = rows.text(row, 2),
            let quarter = rows.text(row, 3), let madeAt = rows.timestamp(row, 4)
        else { throw .refused("a row of the sealing keys is incomplete") }
        return ArchivedKey(
            id: id, user: UserID(user), purpose: purpose, quarter: quarter, madeAt: madeAt,
            destroyedAt: rows.timestamp(row, 5), key: rows.bytes(row, 6))
    }

    /// Those of commands up to a position; of a command without events, up to the time of the event there.
    static func remembered(to: Position) -> String {
        """
        SELECT key, params, position, version, recorded_at, result FROM chat_log.idempotency \
        WHERE position <= \(to) OR (position IS NULL AND recorded_at <= \
        (SELECT recorded_at FROM chat_log.events WHERE position = \(to)))
        """
    }

    static func remembered(_ rows: PostgresResult, _ row: Int) throws(EventLogError) -> RememberedKey {
        guard let key = rows.uuid(row, 0), let time = rows.timestamp(row, 4) else {
            throw .refused("a row of the idempotency keys is incomplete")
        }
        return RememberedKey(
            key: key.bytes, parameters: rows.uuid(row, 1)?.bytes, position: rows.int(row, 2).map { Position($0) },
            version: rows.int(row, 3), recordedAt: time, result: rows.bytes(row, 5))
    }

    // MARK: In

    static func insert(_ keys: [ArchivedKey], _ session: some PostgresSession) async throws(PostgresError) {
        _ = try await session.query(
            """
            INSERT INTO chat_private.sealing_keys (id, user_id, purpose, quarter, created_at, destroyed_at, key) \
            OVERRIDING SYSTEM VALUE SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .int8Array(keys.map(\.id)), .int8Array(keys.map(\.user.value)), .textArray(keys.map(\.purpose)),
                .textArray(keys.map(\.quarter)), .timestamptzArray(keys.map(\.madeAt)),
                .timestamptzArray(keys.map(\.destroyedAt)), .byteaArray(keys.map(\.key)),
            ])
    }

    /// Those whose week is past have no bucket any more, and are left out.
    static func insert(_ keys: [RememberedKey], _ session: some PostgresSession) async throws(PostgresError) {
        _ = try await session.query(
            """
            INSERT INTO chat_log.idempotency (bucket, key, params, position, version, recorded_at, result) \
            SELECT chat_log.bucket(r.at), r.key, r.params, r.position, r.version, r.at, r.result \
            FROM unnest($1, $2, $3, $4, $5, $6) AS r (key, params, position, version, at, result) \
            WHERE to_regclass('chat_log.idempotency_' || chat_log.bucket(r.at)) IS NOT NULL
            """,
            [
                .uuidArray(keys.map { PostgresUUID(bytes: $0.key) }),
                .uuidArray(keys.map { $0.parameters.map { PostgresUUID(bytes: $0) } }),
                .int8Array(keys.map { $0.position?.value }), .int8Array(keys.map(\.version)),
                .timestamptzArray(keys.map(\.recordedAt)), .byteaArray(keys.map(\.result)),
            ])
    }

    static let copyEvents = copy(into: "chat_log.events")

    static func copy(into table: String) -> String {
        """
        COPY \(table) (position, type, schema, stream, version, actor_id, session, device, node, recorded_at, \
        cause, touched, payload) FROM STDIN (FORMAT binary)
        """
    }

    static func row(_ event: RecordedEvent) -> [PostgresValue] {
        [
            .int8(event.position.value), .text(event.type), .int2(Int16(truncatingIfNeeded: event.schema)),
            .text(event.stream.value), .int8(event.version), event.cause.actor.map { .int8($0.value) } ?? .null,
            event.cause.session.map { .text($0.value) } ?? .null, event.cause.device.map { .text($0) } ?? .null,
            event.node.map { .text($0.value) } ?? .null, .timestamptz(event.recordedAt),
            event.cause.reference.map { .text($0) } ?? .null,
            event.touched.isEmpty ? .null : .textArray(event.touched.map(\.value)), .bytes(event.payload),
        ]
    }
}
