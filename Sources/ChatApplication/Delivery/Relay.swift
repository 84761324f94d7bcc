public import ChatDomain
import EventCodec
import Telemetry

/// The elected node's publisher: reads the log in order and sends each event to the nodes that hold somebody whom
/// it concerns. What it sends may be lost; the nodes see that by the chain of positions, and read the log.
public actor Relay {
    /// After this much quiet a watermark says how far the relay is.
    public static let quiet: Duration = .milliseconds(50)

    private let executor: any LoopExecutor
    private let log: any EventLog
    private let tail: any LogTail
    private let fanOut: any FanOut
    private let reads: any ReadModels
    private let cluster: any ClusterStore
    private let clock: any Clock
    private let meters: StageMeters
    private let encoder: FeedEncoder
    private var table = RoutingTable<NodeName>()
    private var sessions: [SessionID: (user: UserID, node: NodeName)] = [:]
    private var lastSent: [NodeName: Position] = [:]
    private var lastWord: [NodeName: Int64] = [:]
    private var nodesKnownAt: Int64 = 0
    /// How far the relay has read.
    public private(set) var position = Position.start
    /// Publications that the carrier did not take.
    public private(set) var failures = 0

    /// The loop that owns it.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// A relay that does nothing before `run`.
    public init(
        executor: any LoopExecutor, log: any EventLog, tail: any LogTail, fanOut: any FanOut, reads: any ReadModels,
        cluster: any ClusterStore, keys: any SealingKeyStore, clock: any Clock,
        meters: StageMeters = StageMeters()
    ) {
        self.executor = executor
        self.log = log
        self.tail = tail
        self.fanOut = fanOut
        self.reads = reads
        self.cluster = cluster
        self.clock = clock
        self.meters = meters
        encoder = FeedEncoder(keyring: Keyring(store: keys), directory: Directory(log: log))
    }

    /// Publishes until the task is cancelled; throws if the log cannot be read.
    public func run() async throws(EventLogError) {
        try await load()
        while !Task.isCancelled {
            try await refreshNodes()
            let events = try await tail.next(after: position, limit: NodeFeed.page, timeout: Self.quiet)
            var entries = try await route(events)
            if let last = events.last { position = last.position }
            entries += watermarks()
            await publish(entries)
        }
    }

    // MARK: the beginning

    /// Brings sessions and memberships, which may be read at different positions, to one.
    private func load() async throws(EventLogError) {
        let snapshot = try await reads.routingSnapshot()
        table = RoutingTable()
        sessions = [:]
        for row in snapshot.sessions { open(row.session, row.user, row.node) }
        // Which members a mark is for is the matter of their nodes.
        for member in snapshot.members { table.join(member.group, member.user, at: .start) }
        for admin in snapshot.admins { table.promote(admin.user, in: admin.group) }
        let low = min(snapshot.sessionsAt, snapshot.membersAt)
        position = max(snapshot.sessionsAt, snapshot.membersAt)
        try await replay(after: low, sessionsAt: snapshot.sessionsAt, membersAt: snapshot.membersAt)
        lastSent = [:]
        lastWord = [:]
        nodesKnownAt = 0
    }

    private func replay(after low: Position, sessionsAt: Position, membersAt: Position) async throws(EventLogError) {
        var from = low
        while from < position {
            let events = try await log.read(after: from, upTo: position, limit: NodeFeed.page)
            guard let last = events.last else { throw .unavailable("the log ends before its read tables") }
            for item in try await encoder.encode(events) {
                if item.position > sessionsAt { applySessions(item.routing) }
                if item.position > membersAt { _ = table.route(item, everybody: true) }
            }
            from = last.position
        }
    }

    // MARK: each page

    private func route(
        _ events: [RecordedEvent]
    ) async throws(EventLogError) -> [(node: NodeName, entry: FanOutEntry)] {
        guard !events.isEmpty else { return [] }
        var entries: [(node: NodeName, entry: FanOutEntry)] = []
        for item in try await encoder.encode(events) {
            applySessions(item.routing)
            var nodes = table.route(item, everybody: true)
            if item.concernsEveryNode { nodes.formUnion(lastSent.keys) }
            for node in nodes { entries.append((node, send(item, to: node))) }
        }
        return entries
    }

    private func send(_ item: FeedItem, to node: NodeName) -> FanOutEntry {
        // Of a node that was not known yet nothing is claimed: it reads the log up to here.
        let previous = lastSent[node] ?? item.position.advanced(by: -1)
        lastSent[node] = item.position
        lastWord[node] = clock.now()
        return .item(item, previous: previous)
    }

    private func watermarks() -> [(node: NodeName, entry: FanOutEntry)] {
        let now = clock.now()
        let silent = lastSent.keys.filter { now - (lastWord[$0] ?? 0) >= 50_000 }
        return silent.map { node in
            lastWord[node] = now
            return (node, .watermark(position, previous: lastSent[node] ?? position, tick: now / 1_000))
        }
    }

    /// A lost publication needs no second try: the chain of positions tells the nodes.
    private func publish(_ entries: [(node: NodeName, entry: FanOutEntry)]) async {
        guard !entries.isEmpty else { return }
        do throws(FanOutError) {
            try await fanOut.publish(entries)
            let now = clock.now()
            for case (_, .item(let item, _)) in entries { meters.relayed.record(from: item.at, to: now) }
        } catch {
            failures += 1
        }
    }

    private func refreshNodes() async throws(EventLogError) {
        guard clock.now() - nodesKnownAt > 1_000_000 else { return }
        nodesKnownAt = clock.now()
        let alive = Set(try await cluster.nodes().map(\.node))
        for node in lastSent.keys where !alive.contains(node) {
            lastSent[node] = nil
            lastWord[node] = nil
        }
        for node in alive where lastSent[node] == nil { lastSent[node] = position }
    }

    // MARK: sessions

    private func open(_ session: SessionID, _ user: UserID, _ node: NodeName) {
        guard sessions.updateValue((user, node), forKey: session) == nil else { return }
        table.attach(user, at: node)
    }

    private func close(_ session: SessionID) {
        guard let entry = sessions.removeValue(forKey: session) else { return }
        table.detach(entry.user, from: entry.node)
    }

    private func applySessions(_ change: RoutingChange?) {
        switch change {
        case .sessionOpened(let opened) where opened.device != nil:
            for ended in [opened.replaced, opened.forgottenSession] {
                if let ended { close(ended) }
            }
            open(opened.session, opened.user, opened.node)
        case .sessionClosed(let closed): close(closed.session)
        case .sessionsEnded(let ended): ended.sessions.forEach(close)
        case .nodeLost(let node):
            for (session, entry) in sessions where entry.node == node { close(session) }
        default: break
        }
    }
}

extension FeedItem {
    /// Who is online is known on every node.
    var concernsEveryNode: Bool {
        switch routing {
        case .sessionOpened, .sessionClosed, .sessionsEnded, .nodeLost: true
        default: false
        }
    }
}
