import ChatApplication
import ChatDomain
import ChatSessions
import ChatTestKit
import JSONText
import Telemetry

/// A node's process, put together as `chatserver` does it, over simulated ports. It can be killed at any job, and can
/// stand still for a while.
final class SimulatedNode: @unchecked Sendable {
    let name: NodeName
    let world: World
    let loops: [SimulatedLoop]
    let service: SimulatedLoop
    private(set) var workers: [LoopWorker] = []
    private(set) var connections: [SimulatedConnection] = []
    private(set) var membership: NodeMembership?
    private(set) var feed: NodeFeed?
    let pipeline: CommandPipeline
    private let log: SimulatedEventLog
    private let tail: SimulatedLogTail
    private let serviceTail: SimulatedLogTail
    private let serviceLog: SimulatedEventLog
    private(set) var isDead = false
    private(set) var isServing = false
    private(set) var pausedUntil: Int64 = 0
    private var connectionNumbers = 0

    private var loop: SimulatedLoop { loops[0] }
    private var database: SimulatedDatabase { world.database }

    init(_ name: NodeName, in world: World, threads: Int) {
        self.name = name
        self.world = world
        let timeline = world.timeline
        loops = (0..<threads).map { SimulatedLoop("\(name) loop-\($0)", on: timeline) }
        service = SimulatedLoop("\(name) service", on: timeline)
        log = SimulatedEventLog(world.database, node: name, loop: loops[0])
        tail = SimulatedLogTail(log, loop: loops[0])
        serviceLog = SimulatedEventLog(world.database, node: name, loop: service)
        serviceTail = SimulatedLogTail(serviceLog, loop: service)
        pipeline = CommandPipeline(
            executor: loops[0], log: log, keys: world.database.keys, clock: timeline,
            limits: world.plan.pipelineLimits)
    }

    func begin() {
        world.timeline.trace.note("\(name) begins")
        Task(executorPreference: loop) { await self.run() }
    }

    /// From here on nothing of it happens any more.
    func kill() {
        guard !isDead else { return }
        world.timeline.trace.note("\(name) dies")
        isDead = true
        for loop in loops + [service] { loop.die() }
        world.timeline.bury(loops + [service])
        for connection in connections { connection.cut() }
        connections = []
    }

    func pause(for microseconds: Int64) {
        pausedUntil = world.timeline.time + microseconds
        world.timeline.trace.note("\(name) stands still for \(microseconds / 1_000) ms")
        for loop in loops + [service] { loop.pause(until: pausedUntil) }
    }

    /// Takes a client's connection; false if nobody listens.
    func accept(_ connection: SimulatedConnection) -> Bool {
        guard !isDead, isServing else { return false }
        let place = world.timeline.random.number(0...workers.count - 1)
        connections.removeAll { $0.isOver }
        connections.append(connection)
        connection.serve(on: loops[place], worker: workers[place])
        return true
    }

    // MARK: the start

    private func run() async {
        let membership = makeMembership()
        self.membership = membership
        while true {
            do throws(EventLogError) {
                try await membership.join()
                try await startFeed(membership)
                break
            } catch {
                // A process that cannot start ends, and is started again.
                world.timeline.trace.note("\(name) cannot start: \(error)")
                await loop.sleep(for: .milliseconds(300))
            }
        }
        await observePipeline(membership)
        isServing = true
        Task(executorPreference: loop) { await membership.keep() }
        let cluster = SimulatedClusterStore(database: database)
        let electable = ElectableWork(
            node: name, loop: service, cluster: cluster, timeline: world.timeline,
            relay: Relay(
                executor: service, log: serviceLog, tail: serviceTail,
                fanOut: SimulatedFanOut(redis: world.redis, node: name, loop: service),
                reads: SimulatedReads(database: database), cluster: cluster, keys: database.keys,
                clock: world.timeline),
            monitor: ClusterMonitor(
                executor: service, cluster: cluster,
                single: SingleCommand(log: serviceLog, keys: database.keys, clock: world.timeline),
                clock: world.timeline))
        Task(executorPreference: service) { await electable.run() }
    }

    private func makeMembership() -> NodeMembership {
        let cluster = SimulatedClusterStore(database: database)
        let (timeline, name, loop) = (world.timeline, name, loop)
        return NodeMembership(
            executor: loop, node: name,
            ports: NodeMembership.Ports(
                single: SingleCommand(log: log, keys: database.keys, clock: timeline), cluster: cluster,
                leaseLog: log, leaseCluster: cluster),
            pipeline: pipeline, pause: { await loop.sleep(for: $0) },
            events: NodeMembership.Events(
                renewed: {},
                lost: { [weak self] in
                    timeline.trace.note("\(name) was declared lost")
                    self?.world.noteLostTerm()
                    for worker in self?.workers ?? [] { await worker.dropSessions() }
                },
                superseded: { [weak self] in self?.world.superseded(self) },
                failed: { error in timeline.trace.note("\(name) cannot keep its lease: \(error)") }))
    }

    private func startFeed(_ membership: NodeMembership) async throws(EventLogError) {
        let snapshot = try await SimulatedReads(database: database).sessionSnapshot()
        let services = services(membership)
        let limits = SharedRateLimits(services.settings)
        var workers: [LoopWorker] = []
        for loop in loops {
            let worker = LoopWorker(loop: loop, services: services, limits: limits)
            await worker.begin(at: snapshot.at)
            workers.append(worker)
        }
        self.workers = workers
        let all = workers
        let (loop, timeline, name) = (loop, world.timeline, name)
        let feed = NodeFeed(
            executor: loop, node: name, log: log, tail: tail,
            fanOut: world.plan.hasRedis ? SimulatedFanOut(redis: world.redis, node: name, loop: loop) : nil,
            keys: database.keys, clock: timeline, pause: { await loop.sleep(for: $0) },
            hasRoom: { !all.contains(where: \.isBehind) }
        ) { output in
            for worker in all { worker.give(output) }
        }
        await feed.begin(at: snapshot.at, sessions: snapshot.sessions)
        self.feed = feed
        Task(executorPreference: loop) {
            await feed.run(failed: { timeline.trace.note("\(name)'s feed waits: \($0)") })
        }
    }

    private func observePipeline(_ membership: NodeMembership) async {
        let (loop, tail, serviceTail, pipeline) = (loop, tail, serviceTail, pipeline)
        let fanOut = world.plan.hasRedis ? SimulatedFanOut(redis: world.redis, node: name, loop: loop) : nil
        let told: @Sendable (LogHint) -> Void = { hint in
            tail.hint(hint)
            serviceTail.hint(hint)
        }
        await pipeline.observe(
            committed: { hint in
                told(hint)
                Task(executorPreference: loop) { await fanOut?.hint(hint) }
            },
            lostTerm: {
                let lost = membership.term
                Task(executorPreference: loop) { await membership.lost(lost) }
            })
        await fanOut?.onHint(told)
        Task(executorPreference: loop) {
            while true {
                await loop.sleep(for: .milliseconds(100))
                await pipeline.tick()
            }
        }
    }

    private func services(_ membership: NodeMembership) -> NodeServices {
        let (pipeline, loop) = (pipeline, loop)
        return NodeServices(
            node: name, version: "simulated", settings: world.plan.settings, log: log, keys: database.keys,
            reads: SimulatedReads(database: database), identifiers: SimulatedIdentifiers(database: database),
            passwords: SimulatedPasswords(loop: loop), credentials: world.credentials, refusals: RefusalGathering(),
            clock: world.timeline, logger: logger(),
            submit: { request, chain, completion in
                if loop.isCurrent {
                    pipeline.assumeIsolated { $0.submit(request, chain: chain, completion: completion) }
                } else {
                    loop.execute {
                        pipeline.assumeIsolated { $0.submit(request, chain: chain, completion: completion) }
                    }
                }
            },
            typed: { _ in },
            told: { chain in
                if loop.isCurrent {
                    pipeline.assumeIsolated { $0.told(chain) }
                } else {
                    loop.execute { pipeline.assumeIsolated { $0.told(chain) } }
                }
            },
            term: { membership.term }, takesLogins: { true },
            nextConnection: { [weak self] in self?.nextConnection() ?? 0 },
            metrics: SessionMetrics(MetricsRegistry()))
    }

    private func nextConnection() -> Int {
        connectionNumbers += 1
        return connectionNumbers
    }

    /// Errors that a node writes down are against what this world does to it.
    private func logger() -> Logger {
        let (world, name) = (world, name)
        return Logger(
            level: .error,
            output: LogOutput { line in world.wrong.append("\(name) says \(String(decoding: line, as: UTF8.self))") },
            milliseconds: { world.timeline.time / 1_000 })
    }
}
