public import ChatDomain
import EventCodec
import WireProtocol

/// What a node's loops are given, in the order of the log.
public enum FeedOutput: Sendable {
    /// The next stretch of the log.
    case batch(FeedBatch)
    /// Pushes about who came and went, for the friends of each.
    case presence([PresenceNews])
}

/// A push about somebody who came or went.
public struct PresenceNews: Sendable {
    /// Who.
    public var user: UserID
    /// The push.
    public var line: [UInt8]
    /// Only who logged in after this is told, by the local clock; nil: everybody.
    public var since: Int64?
}

/// A node's one reader: from its own stream while the relay is alive, else from the log; always complete, always
/// in order. Confined to its executor.
public actor NodeFeed {
    /// Without an entry for this long, the node reads the log itself.
    public static let silence: Duration = .milliseconds(500)
    /// How many events are read from the log at once.
    public static let page = 1_000
    /// Between two looks at whether the relay speaks to this node again, in microseconds.
    static let probing: Int64 = 200_000
    /// How far below its own position a node believes the relay to be alive: both read the same log at once.
    static let slack: Int64 = 1_000
    /// Changes of presence that wait for names; beyond it the oldest are dropped.
    static let unannouncedLimit = 10_000

    private let executor: any LoopExecutor
    private let node: NodeName
    private let log: any EventLog
    private let tail: any LogTail
    private let fanOut: (any FanOut)?
    private let encoder: FeedEncoder
    private let directory: Directory
    private let clock: any Clock
    private let pause: @Sendable (Duration) async -> Void
    private let hasRoom: @Sendable () -> Bool
    private let output: @Sendable (FeedOutput) -> Void
    private var presence = Presence()
    private var unannounced: [Presence.Change] = []
    private var lastID = "0-0"
    private var lastRead = Position.start
    private var nextProbe: Int64 = 0
    private var isProbing = false
    private var found: [FanOutDelivery] = []
    private var nextLagCheck: Int64 = 0
    /// On the fast path: a head of the log that was seen at a time, and is to be reached soon after.
    private var milestone: (head: Position, at: Int64)?
    /// The relay was too slow: it is to catch up before it is used again.
    private var mustCatchUp = false
    /// Where this node was at the probe before the last, and at the last: to be reached by a relay that keeps up.
    private var atProbes = (earlier: Position.start, last: Position.start)
    /// Up to where the node's loops have been given everything.
    public private(set) var position = Position.start
    /// Whether the node's own stream is used now.
    public private(set) var isFast = false
    /// How often something that the fast path lost was read from the log.
    public private(set) var repairs = 0
    /// Items that came on the node's own stream.
    public private(set) var itemsOfStream = 0
    /// Items that were read from the log.
    public private(set) var itemsOfLog = 0

    /// The loop that owns it.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// A feed that gives its output to `output`, on the executor, and waits by `pause`, which stays there. It reads on
    /// only while there is room for what it gives: whoever takes it may lag, and nothing else bounds what waits there.
    public init(
        executor: any LoopExecutor, node: NodeName, log: any EventLog, tail: any LogTail, fanOut: (any FanOut)?,
        keys: any SealingKeyStore, clock: any Clock, pause: @escaping @Sendable (Duration) async -> Void,
        hasRoom: @escaping @Sendable () -> Bool,
        output: @escaping @Sendable (FeedOutput) -> Void
    ) {
        self.executor = executor
        self.node = node
        self.log = log
        self.tail = tail
        self.fanOut = fanOut
        self.clock = clock
        self.pause = pause
        self.hasRoom = hasRoom
        self.output = output
        directory = Directory(log: log)
        encoder = FeedEncoder(keyring: Keyring(store: keys), directory: directory)
    }

    /// Begins after a position at which these sessions were open.
    public func begin(at position: Position, sessions: [OpenSessionRow]) {
        self.position = position
        presence = Presence(sessions: sessions)
        unannounced = []
        lastRead = position
        lastID = "\(position)-0"
        found = []
        leaveFast()
    }

    /// Reads on until the task is cancelled. Whatever fails is tried again after a short while; of several failures
    /// in a row `failed` is told the first, and `recovered` that they are over.
    public func run(
        failed: @Sendable (EventLogError) -> Void, recovered: @Sendable () -> Void = {}
    ) async {
        var isFailing = false
        while !Task.isCancelled {
            await waitForRoom()
            do throws(EventLogError) {
                if isFast { try await readFast() } else { try await readLog() }
                unannounced += presence.due(now: clock.now())
                try await announce()
                if isFailing { recovered() }
                isFailing = false
            } catch {
                if !isFailing { failed(error) }
                isFailing = true
                await pause(.milliseconds(100))
            }
        }
    }

    private func waitForRoom() async {
        while !hasRoom(), !Task.isCancelled { await pause(.milliseconds(5)) }
    }

    // MARK: the slow path, complete by itself

    private func readLog() async throws(EventLogError) {
        if !found.isEmpty { return try await goFast() }
        probe()
        let events = try await tail.next(after: position, limit: Self.page, timeout: .milliseconds(100))
        try await dispatch(events)
    }

    private func dispatch(_ events: [RecordedEvent]) async throws(EventLogError) {
        guard let last = events.last else { return }
        let items = try await encoder.encode(events)
        itemsOfLog += items.count
        give(FeedBatch(items: items, through: last.position))
    }

    /// Reads the log up to a position that the fast path says was sent, but that never came.
    private func repair(upTo: Position) async throws(EventLogError) {
        if position < upTo { repairs += 1 }
        while position < upTo {
            await waitForRoom()
            let events = try await log.read(after: position, upTo: upTo, limit: Self.page)
            guard !events.isEmpty else { throw .unavailable("the log ends before what was fanned out") }
            try await dispatch(events)
        }
    }

    // MARK: the fast path

    /// Looks, a few times a second, whether the relay speaks to this node again. Nothing waits for it: a carrier that
    /// does not answer must not hold up the log.
    private func probe() {
        guard let fanOut, !isProbing, clock.now() >= nextProbe else { return }
        nextProbe = clock.now() + Self.probing
        isProbing = true
        atProbes = (atProbes.last, position)
        if lastRead.value < position.value - Self.slack {
            lastRead = position.advanced(by: -Self.slack)
            lastID = "\(lastRead)-0"
        }
        Task(executorPreference: executor) { await self.look(in: fanOut, after: self.lastID) }
    }

    private func look(in fanOut: any FanOut, after id: String) async {
        let deliveries = (try? await fanOut.read(node: node, after: id, timeout: .zero)) ?? []
        isProbing = false
        if id == lastID { found = deliveries }
    }

    private func goFast() async throws(EventLogError) {
        let deliveries = found
        found = []
        guard let last = deliveries.last else { return }
        guard !mustCatchUp || last.entry.position >= atProbes.earlier else { return noteRead(last) }
        mustCatchUp = false
        milestone = nil
        isFast = true
        try await takeOrLeave(deliveries)
    }

    private func leaveFast() {
        isFast = false
        nextProbe = clock.now() + Self.probing
    }

    private func readFast() async throws(EventLogError) {
        guard let fanOut, let deliveries = try? await fanOut.read(node: node, after: lastID, timeout: Self.silence),
            !deliveries.isEmpty
        else { return leaveFast() }
        try await takeOrLeave(deliveries)
        await checkLag()
    }

    /// Whatever goes wrong on the fast path, the log alone is complete.
    private func takeOrLeave(_ deliveries: [FanOutDelivery]) async throws(EventLogError) {
        do throws(EventLogError) {
            try await take(deliveries)
        } catch {
            leaveFast()
            throw error
        }
    }

    /// A relay that goes on speaking, but late, is no fast path.
    private func checkLag() async {
        let now = clock.now()
        if let milestone {
            if position >= milestone.head {
                self.milestone = nil
            } else if now - milestone.at > Int64(Self.silence / .microseconds(1)) {
                mustCatchUp = true
                leaveFast()
            }
        } else if now >= nextLagCheck {
            nextLagCheck = now + Int64(Self.silence / .microseconds(1))
            if let head = try? await log.head() { milestone = (head, now) }
        }
    }

    private func take(_ deliveries: [FanOutDelivery]) async throws(EventLogError) {
        var items: [FeedItem] = []
        var reached = position
        for delivery in deliveries {
            let previous = delivery.entry.previous
            if previous > reached {
                give(FeedBatch(items: items, through: reached))
                items = []
                try await repair(upTo: previous)
                reached = max(reached, position)
            }
            if case .item(let item, _) = delivery.entry, item.position > reached {
                items.append(item)
                itemsOfStream += 1
            }
            reached = max(reached, delivery.entry.position)
        }
        give(FeedBatch(items: items, through: reached))
        if let last = deliveries.last { noteRead(last) }
    }

    private func noteRead(_ delivery: FanOutDelivery) {
        lastID = delivery.id
        lastRead = delivery.entry.position
    }

    // MARK: what both share

    private func give(_ batch: FeedBatch) {
        guard batch.through > position else { return }
        position = batch.through
        output(.batch(batch))
        for item in batch.items {
            guard let change = item.routing else { continue }
            directory.follow(change)
            unannounced += presence.apply(change, at: item.at, now: clock.now())
        }
    }

    /// Tells what waits; if names cannot be had now it waits on, for nobody tells it again.
    private func announce() async throws(EventLogError) {
        guard !unannounced.isEmpty else { return }
        if unannounced.count > Self.unannouncedLimit { unannounced.removeFirst(unannounced.count / 2) }
        try await directory.fetch(users: Set(unannounced.map(\.user)), groups: [])
        let changes = unannounced
        unannounced = []
        output(
            .presence(
                changes.map { change in
                    let push = Push.presence(directory.user(change.user), online: change.isOnline, at: change.at)
                    return PresenceNews(user: change.user, line: push.line, since: change.since)
                }))
    }
}

extension FanOutEntry {
    /// The position that this entry stands for.
    public var position: Position {
        switch self {
        case .item(let item, _): item.position
        case .watermark(let position, _, _): position
        }
    }

    /// The position of what was sent to the node before.
    public var previous: Position {
        switch self {
        case .item(_, let previous): previous
        case .watermark(_, let previous, _): previous
        }
    }
}
