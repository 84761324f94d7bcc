public import ChatApplication
public import ChatDomain
public import ChatProjections
import EventCodec
public import PostgresClient

/// Builds read tables anew beside the live ones and swaps them in, while nodes go on serving.
///
/// A new set is folded in memory from position 1, copied, indexed, and brought up to the log's end. Then one
/// transaction locks the live checkpoints, folds what is left up to them, and turns pointers and views. Until then
/// nothing that readers see has changed. A set that was filled before a crash is taken up where it is.
public struct ProjectionRebuild: Sendable {
    /// What a rebuild works with.
    public struct Means: Sendable {
        /// A connection of its own, kept for the whole rebuild: it holds the lock.
        public var connection: PostgresConnection
        /// The log.
        public var log: any EventLog
        /// The keys of what is personal.
        public var keys: any SealingKeyStore
        /// What folds need.
        public var environment: ProjectionEnvironment
        /// The means.
        public init(
            connection: PostgresConnection, log: any EventLog, keys: any SealingKeyStore,
            environment: ProjectionEnvironment
        ) {
            self.connection = connection
            self.log = log
            self.keys = keys
            self.environment = environment
        }
    }

    /// Events in one page.
    static let page = 1_000
    /// Events that may be left to fold while the live checkpoints are locked.
    static let rest = 1_000
    /// How often a rebuild goes after the log's end, which moves on meanwhile, before it swaps all the same.
    static let rounds = 10
    /// The advisory lock that only one rebuild holds.
    private static let lockKey: Int64 = 7_166_192_731_461_542_511

    let means: Means
    let throttle: Int
    let progress: @Sendable (_ done: Int, _ total: Int) -> Void

    /// A rebuild that folds at most `throttle` events a second (0: as fast as it can), and says how far it is.
    public init(
        _ means: Means, throttle: Int = 0,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) {
        self.means = means
        self.throttle = throttle
        self.progress = progress
    }

    /// Refuses if another rebuild runs; else runs the body and lets the next one in.
    public func exclusively<Value>(_ body: () async throws -> Value) async throws -> Value {
        let taken = try await means.connection.query("select pg_try_advisory_lock($1)", [.int8(Self.lockKey)])
        guard taken.bool(0, 0) == true else { throw RebuildFailure.busy }
        do {
            let value = try await body()
            _ = try await means.connection.query("select pg_advisory_unlock($1)", [.int8(Self.lockKey)])
            return value
        } catch {
            _ = try? await means.connection.query("select pg_advisory_unlock($1)", [.int8(Self.lockKey)])
            throw error
        }
    }

    /// Rebuilds these projections in one reading of the log and swaps them together. Returns the position at which
    /// the new sets took over. Call it within `exclusively`.
    public func run(_ kinds: [any Projection.Type]) async throws -> Position {
        let names = kinds.map { $0.name }
        try await announce(.replayStarted(ReplayStarted(projections: names)))
        let builder = SetBuilder(kinds, environment: means.environment, keys: means.keys)
        var sets: [BuiltSet] = []
        do {
            sets = try await prepare(kinds)
            try await fill(&sets, builder)
            try await catchUp(&sets, builder)
            let position = try await swap(sets, builder)
            try await announce(.replaySwapped(ReplaySwapped(projections: names, at: position)))
            return position
        } catch {
            let begun = sets
            // A cancelled task cannot ask the database any more.
            await Task { await abandon(begun) }.value
            throw error
        }
    }

    private func announce(_ event: ChatEvent) async throws {
        let stream = StreamName.replay
        let stored = try EventCodec.encode(event, in: stream, sealer: NothingPersonal(), at: 0)
        let encoded = EncodedEvent(stream: stream, type: stored.type, schema: stored.schema, payload: stored.payload)
        _ = try await means.log.append(
            AppendBatch(origin: nil, commands: [AppendCommand(chain: 0, events: [encoded])]))
    }
}

/// A set that a rebuild makes.
struct BuiltSet {
    let kind: any Projection.Type
    let number: Int
    var position: Position
    /// Whether its tables hold what stands up to `position`.
    var isFilled: Bool
}

/// The events of a rebuild hold nothing personal.
private struct NothingPersonal: Sealer {
    func seal(_ plain: [UInt8], subject: SealSubject, context: [UInt8]) throws -> SealedText? {
        throw EventLogError.refused("a rebuild seals nothing")
    }
}
