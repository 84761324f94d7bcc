import ChatApplication
import ChatDomain
import ChatProjections
import CommandLineTool
import EventLogPostgres
import PostgresClient
import Reactor
import Telemetry
import UnicodeText

/// What the relay shows.
struct RelayMeters {
    let elected: Gauge
    let position: Gauge
    let failures: Counter

    init(_ registry: MetricsRegistry) {
        elected = registry.gauge("parley_relay_elected", help: "Whether this node relays and watches over the others.")
        position = registry.gauge("parley_relay_position", help: "Up to where this node, when elected, has relayed.")
        failures = registry.counter("parley_relay_failures_total", help: "Publications that Redis did not take.")
    }
}

/// The loops on which projections are folded: those that keep pace with each other, and those that run alone.
struct FoldLoops: Sendable {
    let together = EventLoop(name: "fold")
    /// Nobody waits for what it folds: whoever answers clients comes first.
    let alone = EventLoop(name: "fold-alone", niceness: 10)
}

/// What an elected node does for all: projections, the relay, the watch over the others, partitions ahead.
actor ClusterService {
    /// The lease of the relay and the watch; the projections have their own.
    static let lease = "relay"
    private static let lifetime: Duration = .milliseconds(1_500)
    private static let interval: Duration = .milliseconds(500)
    /// Between two looks at whether accounts were deleted.
    private static let removalInterval: Duration = .milliseconds(200)

    private let node: NodeName
    private let parts: NodeParts
    private let loop: EventLoop
    private let logger: Logger
    /// One for the projections that keep pace with each other, and one for each that is left to its own.
    private let runners: [(loop: EventLoop, runner: ProjectionRunner)]
    private let rollout: ProjectionRollout
    private let monitor: ClusterMonitor
    private let relay: Relay?
    private let removal: AccountRemoval
    private let retention: Retention
    private var retentionTask: Task<Void, Never>?
    private var removalTask: Task<Void, Never>?
    private var relayTask: Task<Void, Never>?
    private var endingRelay: Task<Void, Never>?
    private var rounds = 0
    private let meters: RelayMeters

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(
        node: NodeName, retention setting: RetentionSetting, parts: NodeParts, loop: EventLoop, folds: FoldLoops,
        clock: SystemClock, logger: Logger, metrics: MetricsRegistry
    ) {
        self.node = node
        self.parts = parts
        self.loop = loop
        self.logger = logger
        let watch = parts.watch
        let together = ProjectionCatalog.all.filter { !$0.runsAlone }
        let alone = ProjectionCatalog.all.filter { $0.runsAlone }
        var limits = ProjectionRunner.Limits()
        // Without Redis no other node can say that somebody waits.
        if parts.fanOut == nil { limits.gatherTalk = limits.gatherTalkAlone }
        let runner = { [limits] (loop: EventLoop, pool: PostgresPool, projections: [any Projection.Type]) in
            let runner = ProjectionRunner(
                executor: loop, pool: pool, log: parts.serviceLog, tail: parts.serviceTail,
                keys: parts.serviceKeys, environment: ProjectionEnvironment(fold: { UnicodeText.foldKey($0) }),
                node: node, projections: projections, limits: limits, logger: logger, metrics: metrics
            ) { projection, position in
                Task(executorPreference: watch.loop) { await watch.reached(projection, position) }
            }
            return (loop: loop, runner: runner)
        }
        runners =
            [runner(folds.together, parts.foldPool, together)]
            + alone.map { runner(folds.alone, parts.alonePool, [$0]) }
        rollout = ProjectionRollout(
            executor: loop, pool: parts.rolloutPool, log: parts.serviceLog, keys: parts.serviceKeys,
            environment: ProjectionEnvironment(fold: { UnicodeText.foldKey($0) }), node: node,
            host: HostName.current, logger: logger)
        retention = Retention(
            setting: setting,
            erasure: Erasure(log: parts.serviceLog, single: parts.serviceSingle, keys: parts.serviceKeys),
            by: ReplayOrigin(role: "chatserver", host: HostName.current, node: node), clock: clock)
        removal = AccountRemoval(reads: parts.serviceReads, single: parts.serviceSingle, keys: parts.serviceKeys)
        monitor = ClusterMonitor(
            executor: loop, cluster: parts.serviceCluster, single: parts.serviceSingle, clock: clock)
        relay = parts.serviceFanOut.map { fanOut in
            Relay(
                executor: loop, log: parts.serviceLog, tail: parts.serviceTail, fanOut: fanOut,
                reads: parts.serviceReads, cluster: parts.serviceCluster, keys: parts.serviceKeys, clock: clock,
                meters: StageMeters(metrics))
        }
        meters = RelayMeters(metrics)
    }

    /// Until the task is cancelled.
    func run() async {
        let loop = loop
        let rollout = rollout
        let projections =
            runners.map { loop, runner in Task(executorPreference: loop) { await runner.run() } }
            + [Task(executorPreference: loop) { await rollout.run() }]
        while !Task.isCancelled {
            await round()
            await measureRelay()
            await loop.sleep(for: Self.interval)
        }
        projections.forEach { $0.cancel() }
        relayTask?.cancel()
        removalTask?.cancel()
        retentionTask?.cancel()
    }

    private func round() async {
        rounds += 1
        do throws(EventLogError) {
            guard try await parts.serviceCluster.campaign(Self.lease, node: node, lifetime: Self.lifetime) else {
                return stepDown()
            }
            await startRelay()
            startRemoval()
            startRetention()
            for lost in await monitor.look() { logger.warning("a node was declared lost", [.value: lost]) }
            if rounds % 20 == 1 { try await maintain() }
        } catch {
            stepDown()
            logger.warning("the cluster's leases cannot be reached", [.error: "\(error)"])
        }
    }

    private func measureRelay() async {
        meters.elected.set(relayTask == nil ? 0 : 1)
        guard let relay else { return }
        meters.position.set(Int(await relay.position.value))
        meters.failures.rise(to: await relay.failures)
    }

    private func stepDown() {
        relayTask?.cancel()
        endingRelay = relayTask ?? endingRelay
        relayTask = nil
        removalTask?.cancel()
        removalTask = nil
        retentionTask?.cancel()
        retentionTask = nil
        let monitor = monitor
        Task(executorPreference: loop) { await monitor.pause() }
    }

    private func startRelay() async {
        guard let relay, relayTask == nil else { return }
        // One relay is one reader: the former run must be over.
        await endingRelay?.value
        endingRelay = nil
        logger.info("this node relays")
        let logger = logger
        let loop = loop
        relayTask = Task(executorPreference: loop) {
            while !Task.isCancelled {
                do throws(EventLogError) {
                    try await relay.run()
                } catch {
                    logger.warning("the relay begins anew", [.error: "\(error)"])
                    await loop.sleep(for: .milliseconds(200))
                }
            }
        }
    }

    /// Takes apart what deleted accounts left. That two nodes do so for a moment does no harm.
    private func startRemoval() {
        guard removalTask == nil else { return }
        let (removal, logger, loop) = (removal, logger, loop)
        removalTask = Task(executorPreference: loop) {
            while !Task.isCancelled {
                do throws(EventLogError) {
                    try await removal.round { user, error in
                        logger.warning("an account is not taken apart yet", [.user: user, .error: "\(error)"])
                    }
                } catch {
                    logger.warning("deleted accounts cannot be read", [.error: "\(error)"])
                }
                await loop.sleep(for: Self.removalInterval)
            }
        }
    }

    private func startRetention() {
        guard retention.setting.days != nil, retentionTask == nil else { return }
        let (retention, logger, loop) = (retention, logger, loop)
        retentionTask = Task(executorPreference: loop) {
            while !Task.isCancelled {
                do throws(EventLogError) {
                    let ended = try await retention.look()
                    if !ended.isEmpty { logger.notice("texts can no longer be read", [.value: "\(ended)"]) }
                } catch {
                    logger.warning("the end of texts could not be carried out", [.error: "\(error)"])
                }
                await loop.sleep(for: Retention.interval)
            }
        }
    }

    /// Partitions of the log and buckets of keys are made ahead of need.
    private func maintain() async throws(EventLogError) {
        do {
            _ = try await parts.servicePool.withConnection { try await $0.query("select chat_log.maintain()") }
        } catch {
            throw .unavailable("\(error)")
        }
    }
}
