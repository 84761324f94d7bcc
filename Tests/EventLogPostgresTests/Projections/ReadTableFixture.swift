import ChatApplication
import ChatDomain
import ChatProjections
import ChatTestKit
import EventCodec
import PostgresClient
import Reactor
import Sealing
import Synchronization
import Telemetry

@testable import EventLogPostgres

/// A database with read tables, beside a log in memory that they are folded from.
final class ReadTableFixture: Sendable {
    /// A debug build among hundreds of other tests folds some thirty events a second.
    private static let patience = Duration.seconds(300)

    let conninfo: String
    let loop: EventLoop
    let pool: PostgresPool
    let log = InMemoryEventLog(now: { 1_800_000_000_000_000 })
    let keys = KeysInMemory()
    let environment = ProjectionEnvironment { $0.lowercased() }

    private init(conninfo: String, loop: EventLoop, pool: PostgresPool) {
        self.conninfo = conninfo
        self.loop = loop
        self.pool = pool
    }

    /// Runs the body with a fresh database.
    static func with(_ body: (ReadTableFixture) async throws -> Void) async throws {
        let conninfo = try PrivatePostgres.shared().freshDatabase()
        let loop = EventLoop(name: "projections")
        let pool = PostgresPool(
            conninfo, applicationName: "test", size: 8, on: loop, waitLimit: .seconds(60),
            connectTimeout: .seconds(60))
        let fixture = ReadTableFixture(conninfo: conninfo, loop: loop, pool: pool)
        do {
            try await fixture.migrate()
            try await body(fixture)
        } catch {
            await pool.close()
            loop.stop()
            throw error
        }
        await pool.close()
        loop.stop()
    }

    private func migrate() async throws {
        try await pool.withConnection { connection in
            _ = try await SchemaMigrator(connection).migrate()
            try await ProjectionMigration.migrate(connection)
        }
    }

    /// A connection that does not come from the pool.
    func connect() async throws -> PostgresConnection {
        try await PostgresConnection.connect(
            conninfo, applicationName: "test", on: loop, timeout: .seconds(10))
    }

    /// Appends events, in one batch.
    func append(_ events: [ChatEvent], actor: Int64? = nil, device: String? = nil) async throws {
        let encoded = try events.map { event in
            let stream = event.place?.stream ?? .acknowledgements(NodeName("a"))
            let stored = try EventCodec.encode(event, in: stream, sealer: keys, at: 0)
            return EncodedEvent(
                stream: stream, type: stored.type, schema: stored.schema, payload: stored.payload)
        }
        let cause = Cause(actor: actor.map(UserID.init), device: device)
        _ = try await log.append(
            AppendBatch(origin: nil, commands: [AppendCommand(chain: 0, events: encoded, cause: cause)]))
    }

    /// Appends an event that cannot be decoded.
    func appendBroken(_ type: EventType, in stream: StreamName) async throws {
        let broken = EncodedEvent(stream: stream, type: type.rawValue, payload: Array("{}".utf8))
        _ = try await log.append(AppendBatch(origin: nil, commands: [AppendCommand(chain: 0, events: [broken])]))
    }

    func runner(
        _ node: String, pool: PostgresPool? = nil, projections: [any Projection.Type] = ProjectionCatalog.all,
        logger: Logger = .silent, metrics: MetricsRegistry = MetricsRegistry(),
        onProgress: @escaping @Sendable (String, Position) -> Void = { _, _ in }
    ) -> ProjectionRunner {
        ProjectionRunner(
            executor: loop, pool: pool ?? self.pool, log: log, tail: PollingTail(log: log), keys: keys,
            environment: environment, node: NodeName(node), projections: projections, logger: logger,
            metrics: metrics, onProgress: onProgress)
    }

    /// Waits until a fact holds.
    func wait(_ fact: () async throws -> Bool) async throws {
        let patience = ContinuousClock.now + Self.patience
        while try await !fact() {
            guard ContinuousClock.now < patience else { throw OutOfPatience(sets: try await sets()) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// A roll-out that is in no need of sparing the database.
    func rollout(
        _ node: String, _ projections: [any Projection.Type],
        _ limits: ProjectionRollout.Limits = ProjectionRollout.Limits()
    ) -> ProjectionRollout {
        var limits = limits
        limits.every = .milliseconds(20)
        if limits.eventsPerSecond == ProjectionRollout.Limits().eventsPerSecond { limits.eventsPerSecond = 0 }
        return ProjectionRollout(
            executor: loop, pool: pool, log: log, keys: keys, environment: environment, node: NodeName(node),
            projections: projections, limits: limits)
    }

    /// The types of a stream's events.
    func types(in stream: StreamName) async throws -> [String] {
        try await log.read(stream: stream, after: .start, limit: 100).map(\.type)
    }

    /// The live sets, as soon as they fit.
    ///
    /// Give `#expect` and `#require` no closure for it inside another closure: the compiler (Swift 6.3) may give that
    /// one and a later one of the same type one name, and then runs one in place of both.
    @discardableResult
    func sets(where fit: ([String: ProjectionSet]) -> Bool = { _ in true }) async throws -> [String: ProjectionSet] {
        let patience = ContinuousClock.now + Self.patience
        while true {
            let sets = try await pool.withConnection { try await SetPointer.load($0, liveOnly: true) }
            let named = Dictionary(uniqueKeysWithValues: sets.map { ($0.projection, $0) })
            if fit(named) { return named }
            guard ContinuousClock.now < patience else { throw OutOfPatience(sets: named) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Waits until every projection has folded the whole log.
    func settle() async throws {
        let head = try await log.head()
        try await sets { sets in sets.values.allSatisfy { $0.position >= head } }
    }

    /// Lets the elected runner fold what there is, and ends it.
    func runToHead() async throws {
        let runner = runner("once")
        let task = Task { await runner.run() }
        defer { task.cancel() }
        try await settle()
        task.cancel()
        await task.value
    }

    func verify(_ kind: any Projection.Type, upTo: Position? = nil) async throws
        -> [ProjectionVerification.Difference]
    {
        let connection = try await connect()
        var found: [ProjectionVerification.Difference] = []
        let verification = ProjectionVerification(means(connection))
        _ = try await verification.run(kind, upTo: upTo) { found.append($0) }
        await connection.close()
        return found
    }

    func means(_ connection: PostgresConnection) -> ProjectionRebuild.Means {
        ProjectionRebuild.Means(connection: connection, log: log, keys: keys, environment: environment)
    }

    /// One number from the database.
    func number(_ sql: String) async throws -> Int64? {
        try await pool.withConnection { try await $0.query(sql).int(0, 0) }
    }
}

struct OutOfPatience: Error {
    let sets: [String: ProjectionSet]
}

/// Looks at the log again and again.
struct PollingTail: LogTail {
    let log: InMemoryEventLog

    func next(after: Position, limit: Int, timeout: Duration) async throws(EventLogError) -> [RecordedEvent] {
        let end = ContinuousClock.now + timeout
        while true {
            let events = try await log.read(after: after, upTo: nil, limit: limit)
            guard events.isEmpty, ContinuousClock.now < end, !Task.isCancelled else { return events }
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    func rest(after: Position, atMost: Duration) async { try? await Task.sleep(for: atMost) }

    func hint(_ hint: LogHint) {}
}

/// One key for each subject, by a number made from it.
final class KeysInMemory: SealingKeyStore, Sealer {
    private let keys = Mutex<[SealSubject: StoredKey]>([:])

    func keys(for subjects: [SealSubject]) async throws(EventLogError) -> [SealSubject: StoredKey] {
        Dictionary(subjects.map { ($0, key($0)) }, uniquingKeysWith: { $1 })
    }

    func keys(ids: [Int64]) async throws(EventLogError) -> [Int64: SealingKey] {
        keys.withLock { keys in
            Dictionary(
                keys.values.filter { ids.contains($0.id) }.map { ($0.id, $0.key) }, uniquingKeysWith: { $1 })
        }
    }

    func seal(_ plain: [UInt8], subject: SealSubject, context: [UInt8]) throws -> SealedText? {
        let stored = key(subject)
        return SealedText(keyID: stored.id, box: SealedBox.seal(plain, key: stored.key, context: context))
    }

    private func key(_ subject: SealSubject) -> StoredKey {
        keys.withLock { keys in
            if let known = keys[subject] { return known }
            let made = StoredKey(id: Int64(keys.count + 1), key: SealingKey.random())
            keys[subject] = made
            return made
        }
    }
}
