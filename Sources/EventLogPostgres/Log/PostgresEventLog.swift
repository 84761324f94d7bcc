public import ChatApplication
public import ChatDomain
public import PostgresClient

/// The log on PostgreSQL.
///
/// Appends and reads have pools of their own, so that no reader delays an append. It keeps no state: any task may call
/// it, and each call runs on its caller's executor.
public struct PostgresEventLog: EventLog {
    let appends: PostgresPool
    let reads: PostgresPool
    private let patience: Duration?
    private let fewCommands: Int
    private let headReads: GatheredReads<Void, Position>
    private let epochReads: GatheredReads<Void, String>
    /// What is read from archive files; nil for nodes, which read what is in the database.
    let archived: ArchivedPart?

    /// A log over two pools; one connection for the appends of a node is enough, two let a fence pass a hanging one.
    ///
    /// - Parameter patience: how long a read waits for its answer before it is `unavailable`; nil for tools that read
    ///   as long as it takes.
    /// - Parameter archived: what is read from archive files.
    /// - Parameter fewCommands: batches of up to so many are appended one command after the other.
    public init(
        appends: PostgresPool, reads: PostgresPool, patience: Duration? = LogLimits.readPatience,
        archived: ArchivedPart? = nil, fewCommands: Int = LogLimits.fewCommands
    ) {
        self.appends = appends
        self.reads = reads
        self.patience = patience
        self.archived = archived
        self.fewCommands = fewCommands
        headReads = GatheredReads(on: reads.loop) { asked throws(EventLogError) in
            let rows = try await Self.query(reads, "SELECT chat_log.head()", patience: patience)
            return asked.map { Position(rows.int(0, 0) ?? 0) }
        }
        epochReads = GatheredReads(on: reads.loop) { asked throws(EventLogError) in
            let rows = try await Self.query(
                reads, "SELECT epoch FROM chat_log.epochs ORDER BY from_position DESC, started_at DESC LIMIT 1",
                patience: patience)
            guard rows.rowCount == 1, let epoch = rows.text(0, 0) else { throw .refused("the log has no epoch") }
            return asked.map { epoch }
        }
    }

    /// Appends a batch in one commit and answers per command.
    ///
    /// If the answer is lost, the batch is fenced on another connection first, so that the error is certain; only when
    /// that stays impossible for `LogLimits.fencePatience` is it `unknown`.
    public func append(_ batch: AppendBatch) async throws(EventLogError) -> [AppendOutcome] {
        let isFew = batch.commands.count <= fewCommands
        let arguments = AppendArguments(batch)
        let parameters = isFew ? arguments.parametersOfFew : arguments.parameters
        let sql = isFew ? AppendArguments.sqlOfFew : AppendArguments.sql
        let sent: Result<PostgresResult, any Error>
        do {
            sent = try await appends.withConnection { connection in
                do {
                    return .success(try await connection.query(sql, parameters, timeout: LogLimits.appendTimeout))
                } catch {
                    // A connection whose answer is outstanding must not be lent again.
                    if EventLogError.isUncertain(error) { await connection.close() }
                    return .failure(error)
                }
            }
        } catch {
            throw EventLogError(certain: error)
        }
        switch sent {
        case .success(let rows): return try AppendAnswer.outcomes(rows, of: batch)
        case .failure(let error):
            guard EventLogError.isUncertain(error) else { throw EventLogError(certain: error) }
            return try await LostAnswer(log: self, batch: batch).recover()
        }
    }

    /// Version and inline state of each stream, in the order asked for.
    public func heads(of streams: [StreamName]) async throws(EventLogError) -> [StreamHead] {
        // Lateral with a limit: each is looked up by the primary key, whatever the statistics say.
        let rows = try await query(
            """
            SELECT h.version, h.state FROM unnest($1) WITH ORDINALITY AS s (stream, number)
            LEFT JOIN LATERAL (SELECT version, state FROM chat_log.heads WHERE stream = s.stream LIMIT 1) h ON true
            ORDER BY s.number
            """, [.textArray(streams.map(\.value))])
        return streams.indices.map { row in
            StreamHead(stream: streams[row], version: rows.int(row, 0) ?? 0, state: rows.bytes(row, 1))
        }
    }

    /// The newest position.
    public func head() async throws(EventLogError) -> Position { try await headReads.ask(()) }

    /// The life of this log.
    public func epoch() async throws(EventLogError) -> String { try await epochReads.ask(()) }

    /// Up to which position another life of the log and this one are the same: where the next one began.
    public func shared(with epoch: String) async throws(EventLogError) -> Position? {
        guard !epoch.contains("\0") else { return nil }
        let rows = try await query(
            """
            SELECT (
                SELECT min(n.from_position) - 1 FROM chat_log.epochs n
                WHERE (n.from_position, n.started_at) > (e.from_position, e.started_at))
            FROM chat_log.epochs e WHERE e.epoch = $1
            """, [.text(epoch)])
        guard rows.rowCount == 1 else { return nil }
        return Position(rows.int(0, 0) ?? Int64.max)
    }

    func query(_ sql: String, _ parameters: [PostgresValue]) async throws(EventLogError) -> PostgresResult {
        try await Self.query(reads, sql, parameters, patience: patience)
    }

    private static func query(
        _ pool: PostgresPool, _ sql: String, _ parameters: [PostgresValue] = [], patience: Duration?
    ) async throws(EventLogError) -> PostgresResult {
        do {
            return try await pool.withConnection { try await $0.query(sql, parameters, timeout: patience) }
        } catch {
            throw EventLogError(certain: error)
        }
    }
}

extension PostgresEventLog {
    /// Closes both pools.
    public func close() async {
        await appends.close()
        await reads.close()
    }
}
