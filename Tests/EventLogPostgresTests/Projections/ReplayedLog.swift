import ChatApplication
import ChatDomain
import ChatProjections
import ChatTestKit
import EventCodec
import EventLogPostgres
import JSONText
import PostgresClient
import Reactor

/// A log of 400 random events with its read tables, whose projections no node runs while `chat-replay` looks.
struct ReplayedLog {
    let database: LogDatabase

    static func with(_ body: (ReplayedLog) async throws -> Void) async throws {
        let database = try await LogDatabase.fresh()
        let connection = try await LogDatabase.connect(database.conninfo)
        try await ProjectionMigration.migrate(connection)
        await connection.close()
        let log = ReplayedLog(database: database)
        var history = RandomHistory(seed: 21)
        try await log.append(history.next(400))
        try await log.fold()
        try await body(log)
        await database.log.close()
    }

    /// Runs `chat-replay` to its end.
    func replay(_ arguments: String...) throws -> ProgramRun {
        try ProgramRun("chat-replay", arguments + ["--database", database.conninfo])
    }

    /// The lines of JSON of a run that ended with 0.
    func lines(_ arguments: String..., status: Int32 = 0) throws -> [JSONValue] {
        let run = try ProgramRun("chat-replay", arguments + ["--json", "--database", database.conninfo])
        guard run.status == status else { throw UnexpectedEnd(arguments: arguments, run: run) }
        return try run.jsonLines.map { try JSONValue.parse(Array($0.utf8)) }
    }

    /// Runs statements over a connection of their own; gives the last one's rows.
    @discardableResult
    func sql(_ statements: String...) async throws -> PostgresResult {
        let connection = try await LogDatabase.connect(database.conninfo)
        var result = PostgresResult?.none
        for statement in statements { result = try await connection.query(statement) }
        await connection.close()
        guard let result else { throw UnexpectedEnd(arguments: [], run: nil) }
        return result
    }

    /// Appends events in one batch.
    func append(_ events: [ChatEvent]) async throws {
        let pool = pool()
        let keyring = Keyring(store: PostgresKeyStore(pool: pool))
        try await keyring.fetch(events.compactMap { EventCodec.sealSubject(of: $0, at: 0) })
        let commands = try events.enumerated().map { number, event in
            let stream = event.place?.stream ?? .acknowledgements(NodeName("a"))
            let stored = try EventCodec.encode(event, in: stream, sealer: keyring, at: 0)
            return AppendCommand(
                chain: number,
                events: [
                    EncodedEvent(
                        stream: stream, touched: event.place?.touched ?? [], type: stored.type, schema: stored.schema,
                        payload: stored.payload)
                ])
        }
        _ = try await database.log.append(AppendBatch(origin: nil, commands: commands))
        await pool.close()
    }

    /// Folds what there is, as a node does, until each projection is at the head or stuck.
    func fold() async throws {
        let pool = pool()
        let runner = ProjectionRunner(
            executor: LogDatabase.loop, pool: pool, log: database.log,
            tail: PostgresLogTail(database.log, on: LogDatabase.loop), keys: PostgresKeyStore(pool: pool),
            environment: ProjectionEnvironment { $0.lowercased() }, node: NodeName("a"))
        let running = Task { await runner.run() }
        let patience = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < patience {
            let status = try await pool.withConnection { try await ProjectionStatus.read($0, log: database.log) }
            if status.projections.count == ProjectionCatalog.all.count,
                status.projections.allSatisfy({ $0.lag == 0 || $0.set.state == .stuck })
            {
                break
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        running.cancel()
        await running.value
        await pool.close()
    }

    private func pool() -> PostgresPool {
        PostgresPool(
            database.conninfo, applicationName: "runner", size: 3, on: LogDatabase.loop, waitLimit: .seconds(60),
            connectTimeout: .seconds(60))
    }
}

struct UnexpectedEnd: Error {
    let arguments: [String]
    let run: ProgramRun?
}
