import ChatApplication
public import ChatDomain
public import EventCodec
public import LogArchive
public import PostgresClient

/// Why an import left the log empty, as it was.
public enum ImportFailure: Error, Sendable, CustomStringConvertible {
    /// The log has events.
    case notEmpty(Position)
    /// The file does not begin with the first event.
    case partial(Position)
    /// The file does not hold the secret under which names are found.
    case lacksSecret
    /// An event is not the next one of its stream.
    case discontinuous(Position)
    /// An event is not one that this program knows.
    case unreadable(Position, EventCodecError)

    /// One line for people.
    public var description: String {
        switch self {
        case .notEmpty(let head): "the log is not empty: it ends at position \(head)"
        case .partial(let from): "the file begins at position \(from): only one from position 1 can be imported"
        case .lacksSecret: "the file lacks the secret under which names are found"
        case .discontinuous(let position): "the event at position \(position) is not the next one of its stream"
        case .unreadable(let position, let error): "the event at position \(position) cannot be read: \(error)"
        }
    }
}

/// Brings an archive into an empty log: events, heads, keys, secret, numbers and lineage, all in one transaction. The
/// read tables are folded afterwards, by the nodes or a rebuild.
public struct LogImport: Sendable {
    /// Keys that are written by one statement.
    private static let keysAtOnce = 5_000

    private let connection: PostgresConnection
    private let host: String

    /// An import over a connection whose role owns the schemas, by a program that runs on `host`.
    public init(_ connection: PostgresConnection, host: String) {
        self.connection = connection
        self.host = host
    }

    /// Takes the file's bytes from `next` until that gives nil, and proves each line before it goes in.
    ///
    /// While it runs, nobody else appends. Whatever it throws, the log is then as empty as before.
    /// - Returns: what the file's header and its last line say.
    public func run(
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }, _ next: () async throws -> [UInt8]?
    ) async throws -> (header: ArchiveHeader, end: ArchiveEnd) {
        try await connection.transaction { transaction in
            try await clear(transaction)
            var reader = ArchiveReader()
            var load = Load(HeadFold(transaction), transaction)
            while let bytes = try await next() {
                for line in try reader.take(bytes) { try await take(line, &load) }
                try Task.checkCancellation()
                if let header = load.header { progress(Int(load.position.value), Int(header.to.value)) }
            }
            try reader.finish()
            guard let header = load.header, let end = load.end else { throw reader.failure("the file has no end") }
            guard load.hasSecret else { throw ImportFailure.lacksSecret }
            try await finish(header, transaction)
            return (header, end)
        }
    }

    /// What was read and not yet written.
    private struct Load {
        let heads: HeadFold
        let transaction: PostgresTransaction
        var header: ArchiveHeader?
        var end: ArchiveEnd?
        var hasSecret = false
        var keys: [ArchivedKey] = []
        var remembered: [RememberedKey] = []
        var events: [RecordedEvent] = []
        var position = Position.start

        init(_ heads: HeadFold, _ transaction: PostgresTransaction) {
            self.heads = heads
            self.transaction = transaction
        }
    }

    private func take(_ line: ArchiveLine, _ load: inout Load) async throws {
        switch line {
        case .header(let header):
            guard header.from == Position(1) else { throw ImportFailure.partial(header.from) }
            load.header = header
        case .secret(let secret): try await take(secret, &load)
        case .key(let key):
            load.keys.append(key)
            if load.keys.count >= Self.keysAtOnce { try await writeKeys(&load) }
        case .remembered(let key):
            load.remembered.append(key)
            if load.remembered.count >= Self.keysAtOnce { try await writeKeys(&load) }
        case .event(let event): load.events.append(event)
        case .segment(let segment):
            try await writeKeys(&load)
            try await write(load.events, through: load.transaction)
            try await load.heads.fold(load.events)
            load.events = []
            load.position = segment.to
        case .end(let end):
            try await writeKeys(&load)
            load.end = end
        }
    }

    private func take(_ secret: ArchivedSecret, _ load: inout Load) async throws {
        let changed = try await load.transaction.query(
            "UPDATE chat_private.secrets SET secret = $2 WHERE name = $1", [.text(secret.name), .bytes(secret.value)])
        if changed.affectedRows == 1 { load.hasSecret = true }
    }

    private func writeKeys(_ load: inout Load) async throws {
        if !load.keys.isEmpty { try await ArchiveRows.insert(load.keys, load.transaction) }
        if !load.remembered.isEmpty { try await ArchiveRows.insert(load.remembered, load.transaction) }
        load.keys = []
        load.remembered = []
    }

    private func write(_ events: [RecordedEvent], through transaction: PostgresTransaction) async throws {
        guard let last = events.last else { return }
        _ = try await transaction.query("SELECT chat_log.ensure_partitions($1)", [.int8(last.position.value)])
        var encoder = PostgresCopyEncoder()
        for event in events { encoder.append(ArchiveRows.row(event)) }
        var chunk: [UInt8]? = encoder.finish()
        _ = try await transaction.copyIn(ArchiveRows.copyEvents) {
            defer { chunk = nil }
            return chunk
        }
    }

    /// Keeps everybody else from appending, and removes what an empty log may have.
    private func clear(_ transaction: PostgresTransaction) async throws {
        _ = try await transaction.query("SET LOCAL lock_timeout = '10s'")
        _ = try await transaction.query("SELECT chat_log.lock_appends()")
        let head = try await transaction.query("SELECT chat_log.head()").int(0, 0) ?? 0
        guard head == 0 else { throw ImportFailure.notEmpty(Position(head)) }
        _ = try await transaction.query("SELECT chat_log.ensure_buckets()")
        for table in ["chat_log.heads", "chat_log.idempotency", "chat_log.epochs", "chat_private.sealing_keys"] {
            _ = try await transaction.query("DELETE FROM \(table)")
        }
    }

    /// Gives the copy its own life behind those of the file, and what else follows the events.
    private func finish(_ header: ArchiveHeader, _ transaction: PostgresTransaction) async throws {
        _ = try await transaction.query(
            "INSERT INTO chat_log.epochs (epoch, from_position, started_at) SELECT * FROM unnest($1, $2, $3)",
            [
                .textArray(header.lineage.map(\.epoch)), .int8Array(header.lineage.map(\.from.value)),
                .timestamptzArray(header.lineage.map(\.at)),
            ])
        _ = try await transaction.query("SELECT chat_log.begin_epoch()")
        for (sequence, value) in [("chat_log.user_ids", header.users), ("chat_log.group_ids", header.groups)] {
            _ = try await transaction.query(
                "SELECT setval($1::text::regclass, $2, $3)", [.text(sequence), .int8(max(1, value)), .bool(value > 0)])
        }
        _ = try await transaction.query(
            """
            SELECT setval(pg_get_serial_sequence('chat_private.sealing_keys', 'id'), max(id)) \
            FROM chat_private.sealing_keys HAVING count(*) > 0
            """)
        try await leaseNodes(transaction)
        try await announce(header, transaction)
        _ = try await transaction.query("SELECT chat_log.ensure_partitions()")
    }

    /// The first event of the copy's own life says where what is before it came from.
    private func announce(_ header: ArchiveHeader, _ transaction: PostgresTransaction) async throws {
        let role = try await transaction.query("SELECT session_user::text").text(0, 0) ?? ""
        let event = LogImported(
            epoch: header.epoch, through: header.to, by: ReplayOrigin(role: role, host: host))
        let stored = try EventCodec.encode(
            .logImported(event), in: .replay, sealer: NothingToSeal(), at: 0)
        let encoded = EncodedEvent(
            stream: .replay, type: stored.type, schema: stored.schema, payload: stored.payload)
        let batch = AppendBatch(origin: nil, commands: [AppendCommand(chain: 0, events: [encoded])])
        _ = try await transaction.query(AppendArguments.sql, AppendArguments(batch).parameters)
    }

    /// Nodes that took part when the file was made do not in the copy: under a lease that nobody renews, the elected
    /// node of the copy declares them lost, and with them their sessions.
    private func leaseNodes(_ transaction: PostgresTransaction) async throws {
        let rows = try await transaction.query(
            "SELECT stream, version, state FROM chat_log.heads WHERE starts_with(stream, 'node:')")
        for row in 0..<rows.rowCount {
            guard let name = rows.text(row, 0), let version = rows.int(row, 1), let bytes = rows.bytes(row, 2),
                case .node(let state) = try StateCodec.decode(bytes, of: StreamName(name)), state.isAlive
            else { continue }
            _ = try await transaction.query(
                "SELECT chat_cluster.renew($1, $2, $3)",
                [
                    .text(String(name.dropFirst("node:".count))), .int8(version),
                    .int4(PostgresClusterStore.eventLevel),
                ])
        }
    }
}

/// The event of an import holds nothing personal.
private struct NothingToSeal: Sealer {
    func seal(_ plain: [UInt8], subject: SealSubject, context: [UInt8]) throws -> SealedText? {
        throw EventLogError.refused("an import seals nothing")
    }
}
