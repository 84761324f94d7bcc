import ChatApplication
import ChatDomain
import ChatProjections
import ChatTestKit
import EventCodec
import EventLogPostgres
import PostgresClient
import Synchronization

/// A real log with read tables that a node folds, for programs that work on it.
final class ReplayWorld: Sendable {
    let database: LogDatabase
    let pool: PostgresPool
    private let keys: PostgresKeyStore
    private let history: Mutex<RandomHistory>

    private init(_ database: LogDatabase, seed: UInt64) {
        self.database = database
        pool = PostgresPool(
            database.conninfo, applicationName: "node", size: 4, on: LogDatabase.loop, waitLimit: .seconds(60),
            connectTimeout: .seconds(60))
        keys = PostgresKeyStore(pool: pool)
        history = Mutex(RandomHistory(seed: seed))
    }

    /// Runs the body over a log of so many random events that are folded already.
    static func with(events: Int, seed: UInt64 = 21, _ body: (ReplayWorld) async throws -> Void) async throws {
        let database = try await LogDatabase.fresh()
        let connection = try await LogDatabase.connect(database.conninfo)
        try await ProjectionMigration.migrate(connection)
        await connection.close()
        let world = ReplayWorld(database, seed: seed)
        do {
            for start in stride(from: 0, to: events, by: 400) { try await world.append(min(400, events - start)) }
            try await world.whileRunning { try await world.settle() }
            try await body(world)
        } catch {
            await world.close()
            throw error
        }
        await world.close()
    }

    private func close() async {
        await pool.close()
        await database.log.close()
    }

    /// Appends so many further events, in one batch.
    func append(_ count: Int) async throws {
        let events = history.withLock { $0.next(count) }
        let keyring = Keyring(store: keys)
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
    }

    /// Runs the body while a node folds.
    func whileRunning<Value>(_ body: () async throws -> Value) async throws -> Value {
        let runner = ProjectionRunner(
            executor: LogDatabase.loop, pool: pool, log: database.log,
            tail: PostgresLogTail(database.log, on: LogDatabase.loop), keys: keys,
            environment: ProjectionEnvironment { $0.lowercased() }, node: NodeName("a"))
        return try await during({ await runner.run() }, body)
    }

    /// Runs the body while events are appended, as fast as a node follows.
    func underTraffic<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await during(
            { [self] in
                while !Task.isCancelled {
                    if let status = try? await status(), status.projections.allSatisfy({ $0.lag < 200 }) {
                        try? await append(5)
                    }
                    try? await Task.sleep(for: .milliseconds(5))
                }
            }, body)
    }

    /// Runs the body while work goes on beside it, and ends that.
    func during<Value>(_ work: @escaping @Sendable () async -> Void, _ body: () async throws -> Value) async throws
        -> Value
    {
        let task = Task { await work() }
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        task.cancel()
        await task.value
        return try result.get()
    }

    func status() async throws -> ProjectionStatus {
        try await pool.withConnection { try await ProjectionStatus.read($0, log: self.database.log) }
    }

    /// Waits until every projection has folded the whole log.
    func settle() async throws {
        let head = try await database.log.head()
        let patience = ContinuousClock.now + .seconds(90)
        while try await status().projections.contains(where: { $0.set.position < head }) {
            guard ContinuousClock.now < patience else { throw EventLogError.unavailable("nobody folds") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Runs `chat-replay` to its end, on a thread of its own.
    func replay(_ arguments: String...) async throws -> ProgramRun { try await started(arguments).end() }

    func started(_ arguments: [String]) throws -> RunningReplay {
        RunningReplay(
            program: try StartedProgram("chat-replay", arguments + ["--database", database.conninfo]))
    }

    func number(_ sql: String) async throws -> Int64? {
        try await pool.withConnection { try await $0.query(sql).int(0, 0) }
    }

    /// The types of what was done to read tables.
    func journal() async throws -> [String] {
        try await database.log.read(stream: .replay, after: .start, limit: 200).map(\.type)
    }
}

/// `chat-replay`, running.
struct RunningReplay: Sendable {
    let program: StartedProgram

    /// Waits without holding up the loop that the test's own node runs on.
    func end() async -> ProgramRun {
        let program = program
        return await withCheckedContinuation { continuation in
            let thread = Background { continuation.resume(returning: program.end()) }
            _ = thread
        }
    }
}
