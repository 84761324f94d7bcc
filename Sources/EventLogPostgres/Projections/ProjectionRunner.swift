public import ChatApplication
public import ChatDomain
public import ChatProjections
public import PostgresClient
public import Telemetry

/// Runs every projection that this node is elected for, each exactly once over every event.
///
/// Checkpoint and rows are written in one transaction, which holds only if the checkpoint stands where it was read and
/// its lease is still held. So it does not matter if two runners believe for a while that they are elected.
public actor ProjectionRunner {
    /// The runner's limits.
    public struct Limits: Sendable {
        /// Between two campaigns for the lease.
        public var campaignEvery: Duration = .milliseconds(500)
        /// After so many milliseconds without a campaign the lease ends, and another runner takes over.
        public var leaseMilliseconds = 1_500
        /// Events in one page at most, and so in one transaction. A larger page costs less, holds up an election longer,
        /// and must be folded while the lease lasts.
        public var page = 1_000
        /// The longest wait for new events before the lease is looked at again.
        public var wait: Duration = .milliseconds(250)
        /// How long those that run alone let events gather after a page that was not full.
        public var gather: Duration = .milliseconds(250)
        /// How long the others do after a page of talk alone, unless something else comes or somebody waits for it.
        public var gatherTalk: Duration = .milliseconds(250)
        /// The same where nodes cannot say to each other that somebody waits.
        public var gatherTalkAlone: Duration = .milliseconds(50)
        /// The longest that they do after any other page: as long as it took.
        public var gatherRest: Duration = .milliseconds(10)
        /// The longest that those that run alone rest after a page: twice as long as it took.
        public var longestRest: Duration = .seconds(2)
        /// Between two looks at projections that do not run, which a rebuild may have mended.
        public var reloadEvery: Duration = .seconds(2)
        /// The defaults.
        public init() {}
    }

    /// The leases that a node may hold for its projections.
    public static let leaseNames =
        ProjectionCatalog.all.map { Lease.name(of: $0.name) } + [ProjectionRollout.leaseName]

    private let executor: any SerialExecutor
    private let pool: PostgresPool
    private let log: any EventLog
    private let tail: any LogTail
    private let node: NodeName
    private let limits: Limits
    private let logger: Logger
    private let meters: ProjectionMeters
    private let onProgress: @Sendable (String, Position) -> Void
    private let projections: [String: any Projection]
    private let decoding: EventDecoding
    /// Of the projections that this node runs.
    private var leases: [String: Lease] = [:]
    private var campaignedAt: ContinuousClock.Instant?
    private var tracks: [ProjectionTrack] = []
    private var loadedAt: ContinuousClock.Instant?
    private var rate = RateMeter()
    /// Events in the next page.
    private var page: Int

    /// The loop that owns it.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// A runner that does nothing before `run`. `onProgress` hears of every checkpoint of this runner's own, on its
    /// executor; what other nodes' runners do stands in the bookkeeping only.
    public init(
        executor: any SerialExecutor, pool: PostgresPool, log: any EventLog, tail: any LogTail,
        keys: any SealingKeyStore, environment: ProjectionEnvironment, node: NodeName,
        projections: [any Projection.Type] = ProjectionCatalog.all, limits: Limits = Limits(),
        logger: Logger = .silent, metrics: MetricsRegistry = MetricsRegistry(),
        onProgress: @escaping @Sendable (_ projection: String, _ position: Position) -> Void = { _, _ in }
    ) {
        self.executor = executor
        self.pool = pool
        self.log = log
        self.tail = tail
        self.node = node
        self.limits = limits
        page = limits.page
        self.logger = logger
        self.onProgress = onProgress
        decoding = EventDecoding(keys: keys)
        meters = ProjectionMeters(metrics)
        self.projections = Dictionary(
            uniqueKeysWithValues: projections.map { ($0.name, $0.init(environment: environment)) })
    }

    /// Runs until the task is cancelled, then gives the lease back. Failures of the database are waited out.
    public func run() async {
        let renewals = Task { await renew() }
        while !Task.isCancelled {
            do {
                guard try await campaign() else {
                    try await Task.sleep(for: limits.campaignEvery)
                    continue
                }
                try await reloadIfDue()
                try await advance()
            } catch {
                await pause(after: error)
            }
        }
        renewals.cancel()
        await renewals.value
        await resign()
    }

    /// Keeps the leases while a page takes its time: a runner that lost them for that would begin the page again, and so
    /// would the next one.
    private func renew() async {
        while !Task.isCancelled {
            if !leases.isEmpty { _ = try? await campaign() }
            try? await Task.sleep(for: limits.campaignEvery)
        }
    }

    private func pause(after error: any Error) async {
        // Who was told to end still has the lease to give back.
        guard !Task.isCancelled, !(error is CancellationError) else { return }
        hold([:])
        campaignedAt = nil
        logger.warning("projections wait for the database", [.error: "\(error)"])
        try? await Task.sleep(for: limits.campaignEvery)
    }

    /// What is shown never says otherwise than what is held.
    private func hold(_ leases: [String: Lease]) {
        self.leases = leases
        for name in projections.keys { meters.elected(name).set(leases[name] == nil ? 0 : 1) }
    }

    private func resign() async {
        let held = Array(leases.values)
        guard !held.isEmpty else { return }
        hold([:])
        // A cancelled task cannot ask the database any more.
        let pool = pool
        _ = await Task {
            try await pool.withConnection { for lease in held { try await lease.resign($0) } }
        }.result
    }
}

extension ProjectionRunner {
    /// Whether any lease is held; renews them if it is time. A projection whose live set is of another version is left
    /// to the nodes that know it.
    private func campaign() async throws -> Bool {
        let now = ContinuousClock.now
        if !leases.isEmpty, let campaignedAt, now - campaignedAt < limits.campaignEvery { return true }
        let (kinds, node, milliseconds) = (projections.values.map { type(of: $0) }, node, limits.leaseMilliseconds)
        // To its end, even if the runner is told to end meanwhile: a question that is left alone may be answered by the
        // database after the lease was given back, and would take it again for nobody.
        let pool = pool
        let won = try await Task {
            try await pool.withConnection {
                try await Lease.campaign($0, for: kinds, node: node, milliseconds: milliseconds)
            }
        }.value
        campaignedAt = now
        if won != leases {
            tell(won)
            hold(won)
            if !won.isEmpty { try await load() }
        }
        return !leases.isEmpty
    }

    private func tell(_ won: [String: Lease]) {
        let gained = won.keys.filter { leases[$0] == nil }.sorted()
        let lost = leases.keys.filter { won[$0] == nil }.sorted()
        if !gained.isEmpty {
            logger.notice("elected to run projections", [.projection: gained.joined(separator: ",")])
        }
        if !lost.isEmpty { logger.notice("other nodes run projections", [.projection: lost.joined(separator: ",")]) }
    }

    /// Reads which sets are live and where they stand. What was stuck is tried again.
    private func load() async throws {
        let sets = try await pool.withConnection { try await SetPointer.load($0, liveOnly: true) }
        let before = tracks
        loadedAt = ContinuousClock.now
        tracks = sets.compactMap { set in
            guard let projection = projections[set.projection], leases[set.projection] != nil else { return nil }
            guard type(of: projection).version == set.version else {
                logger.notice(
                    "the projection's tables are of another version, which other nodes run",
                    [.projection: set.projection, .version: set.version])
                return nil
            }
            let known = before.first { $0.name == set.projection && $0.set == set.number }
            return ProjectionTrack(projection, set: set, isStuck: set.state == .stuck && known?.isStuck == true)
        }
        for track in tracks { meters.stuck(track.name).set(track.isStuck ? 1 : 0) }
    }

    private func reloadIfDue() async throws {
        guard tracks.count < leases.count || tracks.contains(where: \.isStuck) else { return }
        guard let loadedAt, ContinuousClock.now - loadedAt < limits.reloadEvery else { return try await load() }
    }

    /// Folds a page for the projections that are ahead, then one for each that is behind.
    private func advance() async throws {
        let positions = Set(tracks.filter { !$0.isStuck }.map(\.position)).sorted()
        guard let front = positions.last else {
            return try await Task.sleep(for: limits.wait)
        }
        let wait = positions.count > 1 ? .zero : limits.wait
        let events = try await tail.next(after: front, limit: page, timeout: wait)
        let began = ContinuousClock.now
        try await fold(from: front, events)
        for (behind, next) in zip(positions, positions.dropFirst()) {
            try await fold(from: behind, try await log.read(after: behind, upTo: next, limit: page))
        }
        let took = ContinuousClock.now - began
        // Where one is behind, nothing rests before it has caught up.
        let rest =
            positions.count > 1
            ? .none : limits.rest(after: events.lazy.map(\.type), of: page, took: took, isPatient: isPatient)
        page = limits.page(after: page, took: took)
        switch rest {
        case .none: break
        case .full(let rest): try await Task.sleep(for: rest)
        case .untilAwaited(let rest): await tail.rest(after: events.last?.position ?? front, atMost: rest)
        }
    }

    /// Whether nobody waits for what it folds.
    private var isPatient: Bool { projections.values.allSatisfy { type(of: $0).runsAlone } }

    private func fold(from start: Position, _ events: [RecordedEvent]) async throws {
        let indexes = tracks.indices.filter { !tracks[$0].isStuck && tracks[$0].position == start }
        try await fold(indexes.map { tracks[$0].name }, from: start, events)
    }

    /// What the database refuses is narrowed down to one projection and one event, so that it stops nothing else.
    private func fold(_ names: [String], from start: Position, _ events: [RecordedEvent]) async throws {
        guard let last = events.last, !names.isEmpty else { return }
        do {
            try await commit(names, from: start, events)
        } catch let error as PostgresError where error.isRefusal {
            if names.count > 1 {
                for name in names { try await fold([name], from: start, events) }
            } else if events.count > 1 {
                let half = events.count / 2
                try await fold(names, from: start, Array(events[..<half]))
                guard let track = track(names[0]), !track.isStuck, track.position == events[half - 1].position else {
                    return
                }
                try await fold(names, from: track.position, Array(events[half...]))
            } else {
                let failure = FoldFailure(position: last.position, error: ProjectionError("\(error)"))
                try await stick(names[0], failure)
            }
        }
    }

    private func track(_ name: String) -> ProjectionTrack? { tracks.first { $0.name == name } }
}

extension ProjectionRunner {
    /// Writes rows and checkpoints of a page in one transaction.
    private func commit(_ names: [String], from start: Position, _ events: [RecordedEvent]) async throws {
        guard let end = events.last?.position else { return }
        let leases = leases
        let chosen = tracks.filter { names.contains($0.name) && leases[$0.name] != nil }
        let decoded = try await decoding.decode(
            events, types: chosen.reduce(into: []) { $0.formUnion($1.kind.eventTypes) },
            opened: chosen.reduce(into: []) { $0.formUnion($1.kind.openedTypes) })
        let pages = chosen.map { FoldedPage($0.projection, set: $0.set, events: decoded, end: end) }
        meters.folded(events.count)
        let rate = rate.add(events.count, at: ContinuousClock.now)
        do {
            try await pool.withConnection { connection in
                try await connection.transaction { transaction in
                    // A crash may take the last pages back, rows and checkpoints together: they are folded again.
                    _ = try await transaction.query("set local synchronous_commit = off")
                    try await Self.write(pages, from: start, rate: rate, leases, transaction)
                }
            }
        } catch is CheckpointMoved {
            // Swapped by a rebuild, or run by another node: the bookkeeping and the lease tell which.
            campaignedAt = nil
            return try await load()
        }
        for page in pages { took(page, from: start) }
    }

    /// Throws `CheckpointMoved` if a checkpoint is not where it was, or a lease has ended.
    private static func write(
        _ pages: [FoldedPage], from start: Position, rate: Double, _ leases: [String: Lease],
        _ session: some PostgresSession
    ) async throws {
        for (through, pages) in Dictionary(grouping: pages, by: \.through) where through > start {
            let sets = pages.compactMap { page in
                leases[page.projection.name].map {
                    (projection: page.projection.name, number: page.set, lease: $0)
                }
            }
            let moved = try await SetPointer.advance(session, sets, from: start, to: through, rate: rate)
            guard moved == pages.count else { throw CheckpointMoved() }
        }
        for statement in pages.flatMap(\.statements) { try await session.run(statement) }
        for page in pages {
            guard let failure = page.failure else { continue }
            try await SetPointer.markStuck(session, page.projection.name, page.set, failure)
        }
    }

    private func took(_ page: FoldedPage, from start: Position) {
        // Meanwhile another set may have been read to be the live one.
        guard let index = tracks.firstIndex(where: { $0.name == page.projection.name && $0.set == page.set }) else {
            return
        }
        tracks[index].position = page.through
        if let failure = page.failure { report(index, failure) }
        meters.position(page.projection.name).set(Int(page.through.value))
        if page.through > start { onProgress(page.projection.name, page.through) }
    }

    private func stick(_ name: String, _ failure: FoldFailure) async throws {
        guard let index = tracks.firstIndex(where: { $0.name == name }) else { return }
        let set = tracks[index].set
        try await pool.withConnection { try await SetPointer.markStuck($0, name, set, failure) }
        report(index, failure)
    }

    private func report(_ index: Int, _ failure: FoldFailure) {
        tracks[index].isStuck = true
        meters.stuck(tracks[index].name).set(1)
        logger.error(
            "a projection is stuck",
            [
                .projection: tracks[index].name, .position: failure.position.value,
                .reason: failure.error.reason,
            ])
    }
}

extension ProjectionRunner.Limits {
    /// How many events the next page may have, after one of so many at most. A runner renews nothing while it computes:
    /// where a page took a good part of the lease, another node would take over, take as long, and lose it in turn.
    func page(after size: Int, took: Duration) -> Int {
        let lease = Duration.milliseconds(leaseMilliseconds)
        if took > lease / 4 { return max(1, size / 2) }
        return took < lease / 16 ? min(page, size * 2) : size
    }

    /// How long events may gather after a page of these types, for a small page costs nearly what a large one does. Those
    /// for whose folds nobody waits also leave the processors to those who answer clients, the more so the longer a page
    /// takes among them; the others rest for long only where all was talk, and else for as long as the page took: what
    /// comes alone is folded at once, and many who come together are folded together.
    func rest(after types: some Collection<String>, of page: Int, took: Duration, isPatient: Bool) -> Rest {
        guard !types.isEmpty else { return .none }
        let isFull = types.count >= page
        if isPatient { return .full(min(max(isFull ? .zero : gather, took * 2), longestRest)) }
        if isFull { return .none }
        return types.allSatisfy(EventType.talk.contains) ? .untilAwaited(gatherTalk) : .full(min(took, gatherRest))
    }

    /// What a runner does after a page.
    enum Rest: Equatable {
        case none
        /// Nothing ends it before its time.
        case full(Duration)
        /// It ends when something comes for which somebody may wait.
        case untilAwaited(Duration)
    }
}

/// A transaction that must leave nothing behind: somebody else moved what it rests on.
struct CheckpointMoved: Error {}

extension PostgresError {
    /// The server will refuse it again: bad data, a violated constraint, a wrong statement.
    var isRefusal: Bool {
        guard code == .server, let state = sqlState else { return code == .protocolViolation }
        return ["22", "23", "42", "54"].contains { state.hasPrefix($0) }
    }
}
