public import ChatApplication
public import ChatDomain
public import ChatProjections
public import PostgresClient
import Synchronization

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
        /// The machine's name, for the log.
        public var host: String
        /// The node, if one does it by itself.
        public var node: NodeName?
        /// The means.
        public init(
            connection: PostgresConnection, log: any EventLog, keys: any SealingKeyStore,
            environment: ProjectionEnvironment, host: String = "", node: NodeName? = nil
        ) {
            self.connection = connection
            self.log = log
            self.keys = keys
            self.environment = environment
            self.host = host
            self.node = node
        }
    }

    /// Events in one page.
    static let page = 1_000

    let means: Means
    let pace: Pace
    /// All projections: whoever changes one's columns must make the views of others again.
    let catalog: [any Projection.Type]
    /// What each transaction asks first where no lock is held throughout.
    private let permit: (@Sendable (PostgresTransaction) async throws -> Void)?
    private let job: Int
    private let report: @Sendable (_ job: Int, _ done: Int, _ total: Int) -> Void

    /// A rebuild that keeps to a pace, and says how far each of its jobs is.
    public init(
        _ means: Means, pace: Pace = Pace(), catalog: [any Projection.Type] = ProjectionCatalog.all,
        progress: @escaping @Sendable (_ job: Int, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
    ) {
        self.init(means, pace, catalog, permit: nil, job: 0, progress)
    }

    init(
        _ means: Means, pace: Pace, catalog: [any Projection.Type],
        permit: @escaping @Sendable (PostgresTransaction) async throws -> Void,
        progress: @escaping @Sendable (_ job: Int, _ done: Int, _ total: Int) -> Void
    ) {
        self.init(means, pace, catalog, permit: permit, job: 0, progress)
    }

    private init(
        _ means: Means, _ pace: Pace, _ catalog: [any Projection.Type],
        permit: (@Sendable (PostgresTransaction) async throws -> Void)?, job: Int,
        _ report: @escaping @Sendable (_ job: Int, _ done: Int, _ total: Int) -> Void
    ) {
        self.means = means
        self.pace = pace
        self.catalog = catalog
        self.permit = permit
        self.job = job
        self.report = report
    }

    func progress(_ done: Int, _ total: Int) { report(job, done, total) }

    /// Refuses if another rebuild or rollback runs; else runs the body and lets the next one in.
    public func exclusively<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await ReplayLock.endWithClient(means.connection)
        return try await ReplayLock.holding(means.connection, body)
    }

    /// Rebuilds these projections and swaps them in together. Each of `helpers` is one more job, over a connection of
    /// its own. Call it within `exclusively`.
    public func run(_ kinds: [any Projection.Type], helpers: [Means] = []) async throws -> Takeover {
        let names = kinds.map { $0.name }
        let journal = try await ReplayJournal(means)
        let taken = try await journal.telling(.rebuild, names) {
            let sets = try await prepare(kinds)
            do {
                return try await takeOver(try await build(sets, helpers))
            } catch {
                // A cancelled task cannot ask the database any more.
                await Task { await abandon(sets) }.value
                throw error
            }
        }
        try await journal.append(
            .replaySwapped(ReplaySwapped(projections: names, at: taken.position, by: journal.by)))
        await dropAllBut(taken)
        return taken
    }

    /// Fills the sets and brings them close to the log's end. The log is read once, however many jobs there are.
    private func build(_ sets: [BuiltSet], _ helpers: [Means]) async throws -> [BuiltSet] {
        let workers =
            [self]
            + helpers.enumerated().map { ProjectionRebuild($1, pace, catalog, permit: permit, job: $0 + 1, report) }
        for worker in workers { try await ReplayLock.endWithClient(worker.means.connection) }
        var sets = sets
        try await fill(&sets, workers: workers)
        let shares = workers.indices.map { first in
            stride(from: first, to: sets.count, by: workers.count).map { sets[$0] }
        }
        let caughtUp = Mutex<[BuiltSet]>([])
        try await Self.share(shares, among: workers) { worker, share in
            var share = share
            try await worker.catchUp(&share, worker.folder(for: share))
            let sets = share
            caughtUp.withLock { $0 += sets }
        }
        return caughtUp.withLock { $0 }
    }

    /// Changes sets, in a transaction.
    func change<Value>(
        begin: String = "begin", _ body: (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        try await means.connection.transaction(begin: begin) { transaction in
            try await permit?(transaction)
            return try await body(transaction)
        }
    }

    func folder(for sets: [BuiltSet]) -> PageFolder {
        PageFolder(sets.map { $0.kind }, environment: means.environment, keys: means.keys)
    }
}

/// A set that is to become the live one.
struct BuiltSet: Sendable {
    let kind: any Projection.Type
    let number: Int
    var position: Position
    /// Whether its tables hold what stands up to `position`.
    var isFilled: Bool
}
