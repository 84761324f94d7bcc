import ChatApplication
import ChatDomain
import ChatSessions
import CommandLineTool
import EventLogPostgres
import FanOutRedis
import PostgresClient
import Reactor
import RedisClient
import Sealing

/// The adapters that a node is made of.
struct NodeParts: Sendable {
    var log: PostgresEventLog
    var serviceLog: PostgresEventLog
    var tail: PostgresLogTail
    var serviceTail: PostgresLogTail
    var servicePool: PostgresPool
    /// Of the projections that keep pace with each other, and of those that run alone, each on its own loop.
    var foldPool: PostgresPool
    var alonePool: PostgresPool
    /// A roll-out keeps its connection while it builds.
    var rolloutPool: PostgresPool
    var keys: PostgresKeyStore
    var serviceKeys: PostgresKeyStore
    var reads: PostgresReadModels
    var serviceReads: PostgresReadModels
    var watch: ProjectionWatch
    var cluster: PostgresClusterStore
    var serviceCluster: PostgresClusterStore
    /// On a connection of their own: that the node lives must not wait behind what its clients ask.
    var leaseLog: PostgresEventLog
    var leaseCluster: PostgresClusterStore
    var hints: HintCarrier
    var fanOut: RedisFanOut?
    var serviceFanOut: RedisFanOut?
    var pipeline: CommandPipeline
    var single: SingleCommand
    var serviceSingle: SingleCommand
    var passwords: PooledPasswords
    var credentials: Credentials
    var health: Health
    var tables: ReadTables

    /// Connections of the first loop: two for appends (one passes a hanging other), the rest for reading.
    private static let appendConnections = 2
    private static let readConnections = 6
    /// Of a roll-out alone.
    private static let rolloutConnections = 1
    /// Connections of the service loop: for what it writes and the pages of the log, and for short reads.
    private static let serviceConnections = 3
    private static let serviceReadConnections = 3
    /// For each runner one that folds, and one for all of a loop that renews leases meanwhile.
    private static let foldConnections = 2
    private static let aloneConnections = 3

    static func make(
        _ configuration: ServerConfiguration, life: LifeWatch, loop: EventLoop, serviceLoop: EventLoop,
        folds: FoldLoops, clock: SystemClock, meters: StageMeters
    ) async throws -> NodeParts {
        let name = "chatserver \(configuration.node)"
        let database = configuration.database
        try await DatabaseAccess.checkSchema(database, name, on: loop)
        let appends = DatabaseAccess.pool(database, name, size: appendConnections, on: loop, life: life)
        let limit = LogLimits.statementLimit
        let reads = DatabaseAccess.pool(
            database, name, size: readConnections, on: loop, life: life, statementLimit: limit)
        let service = DatabaseAccess.pool(
            database, "\(name) service", size: serviceConnections, on: serviceLoop, life: life, keepsPlans: true)
        let serviceReads = DatabaseAccess.pool(
            database, "\(name) service", size: serviceReadConnections, on: serviceLoop, life: life,
            statementLimit: limit)
        let lease = DatabaseAccess.pool(database, "\(name) lease", size: 1, on: loop, life: life, statementLimit: limit)
        let log = PostgresEventLog(appends: appends, reads: reads)
        let serviceLog = PostgresEventLog(
            appends: service, reads: service, patience: LogLimits.servicePatience)
        let destructions = KeyDestructionWatch()
        let keys = PostgresKeyStore(pool: reads, watch: destructions)
        let serviceKeys = PostgresKeyStore(pool: serviceReads, watch: destructions)
        let epoch = try await log.epoch()
        let tables = ReadTables(pool: reads, clock: clock)
        let fanOut = configuration.redis.map { RedisFanOut(address: $0, epoch: epoch, loop: loop) }
        let serviceTail = PostgresLogTail(
            serviceLog, on: serviceLoop, keeping: LogLimits.recentBytes, seen: { life.saw($0) })
        let hints = HintCarrier()
        let awaits: @Sendable (Position) -> Void = { position in
            let hint = LogHint(head: position)
            serviceTail.hint(hint)
            // The projections may be another node's.
            hints.tell(hint)
        }
        let watch = ProjectionWatch(loop: loop, pool: reads, awaits: awaits)
        let parts = NodeParts(
            log: log, serviceLog: serviceLog, tail: PostgresLogTail(log, on: loop, seen: { life.saw($0) }),
            serviceTail: serviceTail,
            servicePool: service,
            foldPool: DatabaseAccess.pool(
                database, "\(name) fold", size: foldConnections, on: folds.together, life: life),
            alonePool: DatabaseAccess.pool(
                database, "\(name) fold", size: aloneConnections, on: folds.alone, life: life),
            rolloutPool: DatabaseAccess.pool(
                database, "\(name) rollout", size: rolloutConnections, on: serviceLoop, life: life),
            keys: keys,
            serviceKeys: serviceKeys, reads: PostgresReadModels(pool: reads, watch: watch),
            serviceReads: PostgresReadModels(
                pool: serviceReads,
                watch: ProjectionWatch(loop: serviceLoop, pool: serviceReads, awaits: awaits)),
            watch: watch, cluster: PostgresClusterStore(pool: reads),
            serviceCluster: PostgresClusterStore(pool: serviceReads),
            leaseLog: PostgresEventLog(appends: lease, reads: lease),
            leaseCluster: PostgresClusterStore(pool: lease),
            hints: hints, fanOut: fanOut,
            serviceFanOut: configuration.redis.map { RedisFanOut(address: $0, epoch: epoch, loop: serviceLoop) },
            pipeline: CommandPipeline(
                executor: loop, log: log, keys: keys, clock: clock, domainLimits: configuration.settings.domain,
                meters: meters),
            single: SingleCommand(log: log, keys: keys, clock: clock),
            serviceSingle: SingleCommand(log: serviceLog, keys: serviceKeys, clock: clock),
            passwords: try passwords(configuration), credentials: Credentials(pepper: try await keys.namePepper()),
            health: Health(loop: loop, clock: clock, fanOut: fanOut, tables: tables), tables: tables)
        life.whenLifeChanges { await parts.goOn(in: $0) }
        return parts
    }

    /// Another life of the log has other streams on Redis, and versions that were read from the former one may not
    /// stand in it.
    func goOn(in life: LogLife) async {
        await fanOut?.follow(epoch: life.epoch)
        await serviceFanOut?.follow(epoch: life.epoch)
        await pipeline.forgetStates()
        await watch.forget()
        hints.forget()
        tail.forgetHints()
        serviceTail.forgetHints()
    }

    private static func passwords(_ configuration: ServerConfiguration) throws -> PooledPasswords {
        let pool = BlockingPool(
            name: "passwords", threads: configuration.passwordThreads, queueLimit: configuration.passwordQueue,
            laneLimit: configuration.passwordQueueAddress)
        let decoy = try Passwords.hash("no account has this password", cost: configuration.passwords)
        return PooledPasswords(pool: pool, cost: configuration.passwords, decoy: decoy)
    }
}
