import ChatApplication
import ChatDomain
import ChatTestKit
import EventCodec
import Synchronization
import Testing

/// Nodes' feeds and a relay over one log and a carrier that fails, in simulated time.
final class DeliveryWorld {
    /// What a node's loops were given.
    final class Received: Sendable {
        let outputs = Mutex<[FeedOutput]>([])
        /// Whether its loops can take more.
        let hasRoom = Mutex(true)
        /// What it said of failures.
        let outages = Mutex<[String]>([])
        private var batches: [FeedBatch] {
            outputs.withLock { outputs in
                var batches: [FeedBatch] = []
                for case .batch(let batch) in outputs { batches.append(batch) }
                return batches
            }
        }
        private var changes: [PresenceNews] {
            outputs.withLock { outputs in
                var found: [PresenceNews] = []
                for case .presence(let changes) in outputs { found += changes }
                return found
            }
        }
        var items: [FeedItem] { batches.flatMap(\.items) }
        var through: [Int64] { batches.map(\.through.value) }
        /// What a friend of everybody believes.
        var online: Set<Int64> {
            var online: Set<Int64> = []
            for change in changes {
                if String(decoding: change.line, as: UTF8.self).contains(#""online":true"#) {
                    online.insert(change.user.value)
                } else {
                    online.remove(change.user.value)
                }
            }
            return online
        }
    }

    let loop = SimulatedLoop()
    let log = InMemoryEventLog()
    let keys = InMemorySealingKeys()
    let cluster = InMemoryClusterStore()
    let tail: InMemoryLogTail
    let fanOut: InMemoryFanOut
    private let keyring: Keyring
    private(set) var feeds: [NodeName: NodeFeed] = [:]
    private(set) var received: [NodeName: Received] = [:]
    private(set) var relay: Relay?
    private var relayTask: Task<Void, Never>?
    private var feedTasks: [Task<Void, Never>] = []
    let history: DeliveryHistory

    init(_ random: SeededRandom = SeededRandom(seed: 1)) {
        let loop = loop
        let lost = Mutex(random)
        let losing = LossRate()
        self.lossRate = losing
        tail = InMemoryLogTail(log, loop: loop)
        fanOut = InMemoryFanOut(
            sleep: { loop.after($0, $1) },
            drops: {
                let rate = losing.percent
                return rate > 0 && lost.withLock { $0.number(1...100) } <= rate
            })
        keyring = Keyring(store: keys)
        history = DeliveryHistory()
    }

    let lossRate: LossRate

    /// In how many of a hundred cases an entry is lost.
    final class LossRate: Sendable {
        private let rate = Mutex(0)
        var percent: Int {
            get { rate.withLock { $0 } }
            set { rate.withLock { $0 = newValue } }
        }
    }

    // MARK: the parts

    func addNode(_ name: String) {
        let node = NodeName(name)
        let received = Received()
        let feed = NodeFeed(
            executor: loop, node: node, log: log, tail: tail, fanOut: fanOut, keys: keys, clock: loop,
            pause: { [loop] in await loop.sleep(for: $0) }, hasRoom: { received.hasRoom.withLock { $0 } }
        ) { output in received.outputs.withLock { $0.append(output) } }
        let (at, sessions) = (Position(Int64(history.events.count)), history.openSessions)
        feed.assumeIsolated { $0.begin(at: at, sessions: sessions) }
        feeds[node] = feed
        self.received[node] = received
        history.begins[node] = at.value
        cluster.leases.append(NodeLease(node: node, term: 1, age: 0))
        feedTasks.append(
            Task(executorPreference: loop) {
                await feed.run(
                    failed: { _ in received.outages.withLock { $0.append("failed") } },
                    recovered: { received.outages.withLock { $0.append("recovered") } })
            })
    }

    /// A relay that begins with read tables of these positions.
    func startRelay(sessionsAt: Int64, membersAt: Int64) {
        let reads = SnapshotReads(snapshot: history.snapshot(sessionsAt: sessionsAt, membersAt: membersAt))
        let relay = Relay(
            executor: loop, log: log, tail: tail, fanOut: fanOut, reads: reads, cluster: cluster, keys: keys,
            clock: loop)
        self.relay = relay
        relayTask = Task(executorPreference: loop) { try? await relay.run() }
    }

    func stopRelay() {
        relayTask?.cancel()
        relayTask = nil
        relay = nil
    }

    func stop() {
        stopRelay()
        for task in feedTasks { task.cancel() }
        loop.run(for: .seconds(5))
    }

    func append(_ event: ChatEvent) async throws {
        let place = try #require(event.place)
        if let subject = EventCodec.sealSubject(of: event, at: 0) { try await keyring.fetch([subject]) }
        let stored = try EventCodec.encode(event, in: place.stream, sealer: keyring, at: 0)
        history.add(event)
        let encoded = EncodedEvent(
            stream: place.stream, touched: place.touched, type: stored.type, schema: stored.schema,
            payload: stored.payload)
        _ = try await log.append(
            AppendBatch(origin: nil, commands: [AppendCommand(chain: 0, events: [encoded])]))
    }

    // MARK: the checks

    func isFast(_ node: NodeName) -> Bool { feeds[node]?.assumeIsolated { $0.isFast } == true }

    func repairs(_ node: NodeName) -> Int { feeds[node]?.assumeIsolated { $0.repairs } ?? 0 }

    /// Whether every node has been given everything.
    var isThrough: Bool {
        received.values.allSatisfy { $0.through.last ?? 0 >= Int64(history.events.count) }
            || received.keys.allSatisfy { node in
                max(received[node]?.through.last ?? 0, history.begins[node] ?? 0) >= Int64(history.events.count)
            }
    }

    /// Every event that concerns a node reached it exactly once and in order.
    func checkDelivery() {
        for (node, received) in received {
            let positions = received.items.map(\.position.value)
            #expect(zip(positions, positions.dropFirst()).allSatisfy { $0 < $1 }, "\(node): order, once each")
            let through = received.through
            #expect(zip(through, through.dropFirst()).allSatisfy { $0 < $1 })
            let missing = Set(history.concerned(node)).subtracting(positions)
            #expect(missing.isEmpty, "\(node) misses \(missing.sorted())")
            for item in received.items {
                guard case .messageSent(let message) = history.events[Int(item.position.value) - 1] else { continue }
                let text = message.text ?? "?"
                #expect(String(decoding: item.line, as: UTF8.self).contains("\"\(text)\""))
            }
        }
    }

    /// When the grace is over, every node believes the same, and it is true.
    func checkPresence() {
        let online = Set(history.openSessions.map(\.user.value))
        for (node, received) in received where history.begins[node] == 0 {
            #expect(received.online == online, "\(node)")
        }
    }
}
