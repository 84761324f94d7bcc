import ChatApplication
import ChatDomain
import ChatProjections
import ChatSessions
import CommandLineTool
import Edge
import EventLogPostgres
import FanOutRedis
import Glibc
import PostgresClient
import Reactor
import RedisClient
import Sealing
import Synchronization
import Telemetry
import UnicodeText

/// A node: what runs on which loop, in which order it starts, and how it ends.
///
/// The first loop holds connections, the pipeline and the node's feed; further loops hold connections; the service
/// loop runs what an elected node does for all, so that none of it delays an answer, and the folds of projections have
/// loops of their own, so that none of them delays what is relayed.
actor Node {
    let configuration: ServerConfiguration
    let logger: Logger
    let metrics = MetricsRegistry()
    let clock = SystemClock()
    let loop: EventLoop
    private let serviceLoop = EventLoop(name: "service")
    private let folds = FoldLoops()
    /// Only of nodes that may seal.
    private let sealerLoop: EventLoop?
    private let typing: TypingCarrier
    private let refusals = RefusalGathering()
    private let life: LifeWatch
    private var parts: NodeParts?
    private var membership: NodeMembership?
    private var workers: [LoopWorker] = []
    /// The loop of each worker.
    private var loops: [EventLoop] = []
    private var background: [Task<Void, Never>] = []
    private var signals: SignalSource?
    private var certificate: Certificate?
    private var isEnding = false
    /// From the signal to the end, whatever hangs meanwhile.
    private static let leavePatience: Duration = .seconds(9)
    private let ended: AsyncStream<Void>
    private let end: AsyncStream<Void>.Continuation

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(_ configuration: ServerConfiguration, loop: EventLoop) {
        self.configuration = configuration
        self.loop = loop
        typing = TypingCarrier(node: configuration.node)
        sealerLoop = configuration.auditKey.map { _ in EventLoop(name: "sealer") }
        logger = Logger(level: configuration.logLevel).with([.node: configuration.node])
        life = LifeWatch(logger: logger)
        (ended, end) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Starts, serves until a signal ends it, and leaves in good order.
    func run() async throws {
        signals = SignalSource(on: loop, [.terminate, .interrupt, .hangup]) { [weak self] signal in
            self?.assumeIsolated { signal == .hangup ? $0.readCertificateAgain() : $0.signalled() }
        }
        do {
            certificate = try configuration.tlsFiles.map { try Certificate($0) }
        } catch {
            throw ToolFailure(.failed, "\(error)")
        }
        let parts = try await NodeParts.make(
            configuration, life: life, loop: loop, serviceLoop: serviceLoop, folds: folds,
            clock: clock, meters: StageMeters(metrics))
        let membership = membership(parts)
        await parts.health.watch { membership.term != 0 }
        self.parts = parts
        self.membership = membership
        try await probe()
        try await membership.join()
        try await startFeed(parts, membership)
        listen()
        startService(parts, membership)
        logger.notice("the node serves", [.address: configuration.listen, .term: membership.term])
        for await _ in ended {}
        await leave(parts, membership)
    }

    private func readCertificateAgain() {
        guard let certificate else { return logger.notice("there is no certificate to read again") }
        do {
            try certificate.readAgain()
            logger.notice("the certificate was read again")
        } catch {
            logger.error("the certificate was not read again: the one before stays", [.error: "\(error)"])
        }
    }

    private func signalled() {
        guard !isEnding else {
            logger.notice("ended at once by a second signal")
            exit(ExitCode.success.rawValue)
        }
        isEnding = true
        membership?.assumeIsolated { $0.end() }
        guard parts != nil, !workers.isEmpty else { exit(ExitCode.success.rawValue) }
        loop.schedule(after: Self.leavePatience) { [logger] in
            // The others declare it lost, and its sessions with it.
            logger.warning("the node ends without having taken its leave: the database does not answer in time")
            exit(ExitCode.success.rawValue)
        }
        end.finish()
    }

    // MARK: the start

    /// Before anybody hears of this node: it could not serve anyone at an address that is not free.
    private func probe() async throws {
        for address in configuration.addresses {
            do {
                try await BindProbe(loop: loop).run(address)
            } catch {
                throw ToolFailure(.failed, "cannot listen at \(address): \(error)")
            }
        }
    }

    private func startFeed(_ parts: NodeParts, _ membership: NodeMembership) async throws(EventLogError) {
        let snapshot = try await parts.reads.sessionSnapshot()
        let services = services(parts, membership)
        let limits = SharedRateLimits(configuration.settings)
        for number in 0..<configuration.threads {
            let loop = number == 0 ? loop : EventLoop(name: "loop-\(number)")
            let worker = LoopWorker(loop: loop, services: services, limits: limits)
            await worker.begin(at: snapshot.at)
            workers.append(worker)
            loops.append(loop)
        }
        typing.begin(workers)
        let (workers, life) = (workers, life)
        life.whenLifeChanges { life in
            // First: nothing of the new life may be shown to a session that began in the former one.
            for worker in workers { await worker.endSessions() }
            await parts.goOn(in: life)
        }
        life.saw(snapshot.at)
        let feed = NodeFeed(
            executor: loop, node: configuration.node, log: parts.log, tail: parts.tail, fanOut: parts.fanOut,
            keys: parts.keys, clock: clock, pause: { [loop] in await loop.sleep(for: $0) },
            hasRoom: { !workers.contains(where: \.isBehind) }
        ) { output in
            if case .batch(let batch) = output { life.saw(batch.through) }
            for worker in workers { worker.give(output) }
        }
        await feed.begin(at: snapshot.at, sessions: snapshot.sessions)
        NodeMetrics.register(metrics, parts: parts, feed: feed) { membership.term }
        ProcessMetrics.register(metrics)
        let logger = logger
        start(on: loop) {
            await feed.run(
                failed: { logger.warning("the feed waits for the log", [.error: "\($0)"]) },
                recovered: { logger.notice("the feed goes on") })
        }
        await observePipeline(parts, membership)
    }

    private func observePipeline(_ parts: NodeParts, _ membership: NodeMembership) async {
        let (loop, life) = (loop, life)
        await parts.pipeline.observe(
            committed: { hint in
                life.saw(hint.head)
                // What reads the log is woken at once; Redis may take its time, or hang.
                parts.tail.hint(hint)
                parts.serviceTail.hint(hint)
                parts.hints.tell(hint)
            },
            lostTerm: {
                let lost = membership.term
                Task(executorPreference: loop) { await membership.lost(lost) }
            })
        if let fanOut = parts.fanOut { start(on: loop) { await parts.hints.send(over: fanOut) } }
        start(on: loop) {
            while !Task.isCancelled {
                await loop.sleep(for: .milliseconds(100))
                await parts.pipeline.tick()
            }
        }
    }

    private func services(_ parts: NodeParts, _ membership: NodeMembership) -> NodeServices {
        let pipeline = parts.pipeline
        let loop = loop
        let counter = ConnectionNumbers()
        return NodeServices(
            node: configuration.node, version: Program.productVersion, settings: configuration.settings,
            log: parts.log, keys: parts.keys, reads: parts.reads, identifiers: parts.keys, passwords: parts.passwords,
            credentials: parts.credentials, refusals: refusals, clock: clock, logger: logger,
            submit: { request, chain, completion in
                if loop.isCurrent {
                    pipeline.assumeIsolated { $0.submit(request, chain: chain, completion: completion) }
                } else {
                    loop.execute {
                        pipeline.assumeIsolated { $0.submit(request, chain: chain, completion: completion) }
                    }
                }
            },
            typed: { [typing] in typing.say($0) },
            told: { chain in
                if loop.isCurrent {
                    pipeline.assumeIsolated { $0.told(chain) }
                } else {
                    loop.execute { pipeline.assumeIsolated { $0.told(chain) } }
                }
            },
            term: { membership.term },
            takesLogins: { parts.tables.follow },
            nextConnection: { counter.next() }, metrics: SessionMetrics(metrics))
    }

    private func listen() {
        let listen = Listening(configuration: configuration, site: site(), certificate: certificate)
        for (worker, loop) in zip(workers, loops) {
            worker.execute { [logger] worker in
                do {
                    try listen.open(worker, on: loop)
                    logger.info("listening", [.address: listen.configuration.listen])
                } catch {
                    logger.error("cannot listen", [.error: "\(error)"])
                    exit(ExitCode.failed.rawValue)
                }
            }
        }
    }

    private func site() -> HTTPSite {
        let health = parts?.health
        let metrics = metrics
        let pages = WebPages()
        return HTTPSite(paths: pages.paths.union(["/healthz", "/readyz", "/metrics"])) { path in
            switch path {
            case "/healthz": HTTPResponse(body: "ok\n")
            case "/readyz": await health?.response() ?? HTTPResponse(status: 503, body: "starting\n")
            case "/metrics":
                HTTPResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: metrics.prometheusText())
            default: pages.response(path)
            }
        }
    }

    private func startService(_ parts: NodeParts, _ membership: NodeMembership) {
        let service = ClusterService(
            node: configuration.node, retention: configuration.retention, parts: parts, loop: serviceLoop, folds: folds,
            clock: clock, logger: logger, metrics: metrics)
        start(on: serviceLoop) { await service.run() }
        startSealer()
        start(on: loop) { await membership.keep() }
        startRefusals(parts)
        let (loop, tables, life) = (loop, parts.tables, life)
        start(on: loop) {
            while !Task.isCancelled {
                if let head = try? await tables.look() { life.saw(head) }
                await loop.sleep(for: tables.follow ? ReadTables.pauses.later : ReadTables.pauses.first)
            }
        }
        guard let fanOut = parts.fanOut else { return }
        let typing = typing
        start(on: loop) { await typing.send(over: fanOut) }
        start(on: loop) { await typing.listen(to: fanOut, on: loop) }
        start(on: loop) {
            while !Task.isCancelled {
                await fanOut.onHint { hint in
                    parts.tail.hint(hint)
                    parts.serviceTail.hint(hint)
                }
                await loop.sleep(for: .seconds(1))
            }
        }
    }

    /// On a loop of its own: hashing many events holds up nobody.
    private func startSealer() {
        guard let key = configuration.auditKey, let sealerLoop else { return }
        let pool = DatabaseAccess.pool(
            configuration.database, "chatserver \(configuration.node) sealer", size: 2, on: sealerLoop, life: life)
        let clock = clock
        let sealer = LogSealer(
            executor: sealerLoop, pool: pool, node: configuration.node, key: key, now: { clock.now() },
            logger: logger, metrics: metrics)
        start(on: sealerLoop) { await sealer.run() }
    }

    /// Between two looks at whether logins were refused that the log may hear of.
    private static let refusalInterval: Duration = .seconds(1)

    private func startRefusals(_ parts: NodeParts) {
        let (refusals, node, clock, loop) = (refusals, configuration.node, clock, serviceLoop)
        start(on: loop) {
            while !Task.isCancelled {
                await refusals.log(of: node, to: parts.serviceLog, keys: parts.serviceKeys, now: clock.now())
                await loop.sleep(for: Self.refusalInterval)
            }
        }
    }

    private func start(on loop: EventLoop, _ body: @escaping @Sendable () async -> Void) {
        background.append(Task(executorPreference: loop) { await body() })
    }

    // MARK: the lease

    private func membership(_ parts: NodeParts) -> NodeMembership {
        let (loop, logger) = (loop, logger)
        return NodeMembership(
            executor: loop, node: configuration.node,
            ports: NodeMembership.Ports(
                single: parts.single, cluster: parts.cluster, leaseLog: parts.leaseLog,
                leaseCluster: parts.leaseCluster),
            pipeline: parts.pipeline, pause: { await loop.sleep(for: $0) },
            events: NodeMembership.Events(
                renewed: { () async throws(EventLogError) in
                    try await parts.keys.look()
                    await parts.health.databaseAnswered()
                },
                lost: { [weak self] in await self?.dropSessions() },
                superseded: { [weak self] in self?.assumeIsolated { $0.endAsSuperseded() } },
                failed: { logger.warning("the lease could not be renewed", [.error: "\($0)"]) }))
    }

    private func dropSessions() async {
        logger.warning("the node was declared lost: its sessions end, and it joins anew")
        for worker in workers { await worker.dropSessions() }
    }

    /// Two that took the name from each other in turn would end all their sessions again and again: the later one has
    /// it. What this one was asked for and has not answered, it cannot answer any more.
    private func endAsSuperseded() {
        logger.error("another process has joined under this node's name: this one ends")
        exit(ExitCode.failed.rawValue)
    }

    // MARK: the end

    private func leave(_ parts: NodeParts, _ membership: NodeMembership) async {
        logger.notice("the node drains")
        await withTaskGroup { group in
            for worker in workers {
                group.addTask { await worker.drain(within: .seconds(4), reason: .draining) }
            }
        }
        for _ in 0..<300 where await parts.pipeline.backlog > 0 { await loop.sleep(for: .milliseconds(10)) }
        await refusals.log(
            all: true, of: configuration.node, to: parts.log, keys: parts.keys, now: clock.now())
        background.forEach { $0.cancel() }
        let mine = membership.term
        do throws(EventLogError) {
            _ = try await parts.single.run(
                .leaveCluster(configuration.node, graceful: true), onlyIf: [.node(configuration.node): mine])
            try await parts.cluster.remove(configuration.node, term: mine)
            try await parts.cluster.resign(ClusterService.lease, node: configuration.node)
            for lease in ProjectionRunner.leaseNames + [LogSealer.leaseName] {
                try await parts.cluster.resign(lease, node: configuration.node)
            }
        } catch {
            logger.warning("the node could not take its leave", [.error: "\(error)"])
        }
        logger.notice("the node has left")
    }
}

/// Numbers for connections: one sequence for all loops of a node.
private final class ConnectionNumbers: Sendable {
    private let last = Atomic<Int>(0)
    func next() -> Int { last.add(1, ordering: .relaxed).newValue }
}
