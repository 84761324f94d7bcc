public import ChatApplication
public import ChatDomain
public import ChatProjections
public import PostgresClient
public import Telemetry

/// Brings the read tables of newer versions of projections into use: builds them beside the live ones, page by page and
/// at a bounded rate, and swaps them in. Nodes of the older version run the live ones until then.
///
/// Of all nodes one does it, which holds the lease; each of its transactions renews that and takes the lock of rebuilds.
/// So a rebuild that an operator starts comes first, and goes on from where this one is.
public actor ProjectionRollout {
    /// Its limits.
    public struct Limits: Sendable {
        /// Between two looks at whether a live set is of an older version, and between two attempts.
        public var every: Duration = .seconds(2)
        /// Folded at most in a second, so that what clients want of the database comes first. 0: no limit.
        public var eventsPerSecond = 5_000
        /// After so many milliseconds without a page another node may go on.
        public var leaseMilliseconds = 10_000
        /// Between two lines of the log that say how far it is.
        public var reportEvery: Duration = .seconds(30)
        /// After an event that the new fold cannot take.
        public var retryStuckAfter: Duration = .seconds(60)
        /// The defaults.
        public init() {}
    }

    /// The name of the lease.
    public static let leaseName = "rollout"

    private let executor: any SerialExecutor
    private let pool: PostgresPool
    private let means: @Sendable (PostgresConnection) -> ProjectionRebuild.Means
    private let node: NodeName
    private let kinds: [any Projection.Type]
    private let limits: Limits
    private let logger: Logger
    private var reportedAt: ContinuousClock.Instant?

    /// The loop that owns it.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// A roll-out that does nothing before `run`. It keeps one connection of the pool while it builds.
    public init(
        executor: any SerialExecutor, pool: PostgresPool, log: any EventLog, keys: any SealingKeyStore,
        environment: ProjectionEnvironment, node: NodeName, host: String = "",
        projections: [any Projection.Type] = ProjectionCatalog.all, limits: Limits = Limits(),
        logger: Logger = .silent
    ) {
        self.executor = executor
        self.pool = pool
        self.node = node
        self.limits = limits
        self.logger = logger
        kinds = projections
        means = {
            ProjectionRebuild.Means(
                connection: $0, log: log, keys: keys, environment: environment, host: host, node: node)
        }
    }

    /// Runs until the task is cancelled. Failures are waited out: what was built stays, and is taken up.
    public func run() async {
        while !Task.isCancelled {
            var pause = limits.every
            do {
                try await round()
            } catch is RolloutElsewhere {
                // Another node, a rebuild or a rollback is at work.
            } catch RebuildFailure.stuck(let name, let position, let error) {
                logger.error(
                    "the newer version of a projection cannot take an event",
                    [.projection: name, .position: position.value, .reason: error.reason])
                pause = limits.retryStuckAfter
            } catch RebuildFailure.archived(let name, let position) {
                logger.error(
                    "the newer version of a projection waits for chat-replay rebuild",
                    [
                        .projection: name, .position: position.value,
                        .reason: "\(RebuildFailure.archived(name, position))",
                    ])
                pause = limits.retryStuckAfter
            } catch {
                if !Task.isCancelled { logger.warning("a roll-out waits", [.error: "\(error)"]) }
            }
            try? await Task.sleep(for: pause)
        }
    }

    /// Brings the first projection that is due into use.
    private func round() async throws {
        let pool = pool
        let live = try await pool.withConnection { try await SetPointer.load($0, liveOnly: true) }
        let due = kinds.first { kind in live.contains { $0.projection == kind.name && $0.version < kind.version } }
        guard let due else { return }
        try await pool.withConnection { connection in
            try await Self.requireEvents(of: due, connection)
            try await self.rollOut(due, over: connection)
        }
    }

    /// A node has no archive files: what they are needed for is left to whoever has them.
    private static func requireEvents(of kind: any Projection.Type, _ session: some PostgresSession) async throws {
        let archived = Position(try await session.query("select chat_log.archived()").int(0, 0) ?? 0)
        let begun = try await SetPointer.load(session, liveOnly: false).filter { set in
            set.projection == kind.name && set.version == kind.version && set.state != .retired
        }
        guard archived <= begun.map(\.position).max() ?? .start else {
            throw RebuildFailure.archived(kind.name, archived)
        }
    }

    private func rollOut(_ kind: any Projection.Type, over connection: PostgresConnection) async throws {
        let (node, milliseconds) = (node, limits.leaseMilliseconds)
        let rebuild = ProjectionRebuild(
            means(connection), pace: Pace(eventsPerSecond: limits.eventsPerSecond), catalog: kinds,
            permit: { transaction in
                guard
                    try await Lease.campaign(
                        transaction, Self.leaseName, node: node, milliseconds: milliseconds) != nil,
                    try await ReplayLock.tryTake(transaction)
                else { throw RolloutElsewhere() }
            },
            progress: { _, done, total in
                Task { await self.report(kind, done, total) }
            })
        let taken = try await rebuild.rollOut(kind) {
            self.logger.notice(
                "a newer version of a projection is built beside the live one",
                [.projection: kind.name, .version: kind.version])
        }
        logger.notice(
            "a newer version of a projection is live",
            [
                .projection: kind.name, .version: kind.version, .position: taken.position.value,
                .duration: "\(taken.paused)",
            ])
    }

    private func report(_ kind: any Projection.Type, _ done: Int, _ total: Int) {
        let now = ContinuousClock.now
        if let reportedAt, now - reportedAt < limits.reportEvery { return }
        reportedAt = now
        logger.info(
            "a newer version of a projection is being built",
            [.projection: kind.name, .version: kind.version, .position: done, .head: total])
    }
}

/// Somebody else may change sets now.
struct RolloutElsewhere: Error {}

extension ProjectionRebuild {
    /// Builds the set of a newer version page by page, or goes on with one that was begun, and swaps it in.
    func rollOut(_ kind: any Projection.Type, begun: () -> Void) async throws -> Takeover {
        guard let entry = try await currentPlan([kind], pageByPage: true).entries.first else {
            throw RebuildFailure.missing(kind.name)
        }
        let journal = try await ReplayJournal(means)
        for number in entry.leftovers { try await drop(kind, number) }
        if !entry.isTakenUp {
            try await createIndexed(kind, entry.number)
            try await journal.append(.replayStarted(ReplayStarted(.rollout, projections: [kind.name], by: journal.by)))
            begun()
        }
        let set = BuiltSet(kind: kind, number: entry.number, position: entry.from, isFilled: true)
        let taken: Takeover
        do {
            taken = try await takeOver([set])
        } catch RebuildFailure.stuck(let name, let position, let error) {
            try await SetPointer.markStuck(
                means.connection, name, entry.number, FoldFailure(position: position, error: error))
            throw RebuildFailure.stuck(name, position, error)
        }
        try await journal.append(
            .replaySwapped(ReplaySwapped(projections: [kind.name], at: taken.position, by: journal.by)))
        await dropAllBut(taken)
        return taken
    }

    /// Makes a set that pages are folded into from the start.
    private func createIndexed(_ kind: any Projection.Type, _ number: Int) async throws {
        try await change { transaction in
            let statements =
                ProjectionSchema.createTables(kind, set: number) + ProjectionSchema.createIndexes(kind, set: number)
            for statement in statements { _ = try await transaction.query(statement) }
            try await SetPointer.add(transaction, kind, number, .catchingUp)
        }
    }
}
