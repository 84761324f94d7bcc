import ChatApplication
import ChatDomain
import ChatSessions
import FanOutRedis
import RedisClient

/// Packs of this node; out come pushes. Everybody is here, so each direct message is pushed once, and each message to
/// the group to all but its sender.
final class ReadCost: CostCarrier {
    private let node: CostNode
    private let arriving = ArrivingFanOut()
    private var packs: ArraySlice<[UInt8]>
    private let size: Int

    /// - Parameter toGroup: whether the messages are the group's, a pack for each.
    init(toGroup: Bool) throws {
        size = toGroup ? CostStage.groupRecipients : CostStage.batch
        node = try CostNode(clients: toGroup ? CostStage.groupRecipients + 1 : CostStage.clients)
        let start = Position(Int64(node.log.events.count))
        // One pack more, with which the feed begins.
        let count = (CostStage.most + CostStage.warm) / size + 1
        let relaying = try RelayCost(
            node, toGroup: toGroup, nodes: [CostNode.name], page: toGroup ? 1 : CostStage.batch, pages: count)
        packs = relaying.packs(for: CostNode.name)[...]
        begin(at: start)
    }

    /// A feed begins with the log, and turns to its own stream when it finds something there.
    private func begin(at start: Position) {
        let (tail, worker, clock) = (CostTail(), node.worker, SetClock())
        let feed = NodeFeed(
            executor: node.loop, node: CostNode.name, log: node.log, tail: tail, fanOut: arriving, keys: node.keys,
            clock: clock, pause: { [loop = node.loop] in await loop.sleep(for: $0) }, hasRoom: { true },
            output: { worker.give($0) })
        feed.assumeIsolated { $0.begin(at: start, sessions: []) }
        // It does not look at its stream at once.
        clock.time += 1_000_000
        if let first = packs.popFirst() { arriving.gate.give(first) }
        Task(executorPreference: node.loop) { await feed.run(failed: { _ in }) }
        node.loop.drain()
        tail.gate.give([])
        node.loop.drain()
    }

    func carry(_ count: Int) -> Int {
        let before = node.lines
        for _ in 0..<count / size {
            guard let pack = packs.popFirst() else { break }
            arriving.gate.give(pack)
            node.loop.drain()
        }
        return node.lines - before
    }

    /// The last push that somebody was sent.
    var lastPush: [UInt8] { node.clients.last?.lastShared ?? [] }
}

/// A node's own stream, as it comes from Redis.
private final class ArrivingFanOut: FanOut, @unchecked Sendable {
    let gate = PageGate<[UInt8]>()

    func read(node: NodeName, after: String, timeout: Duration) async throws(FanOutError) -> [FanOutDelivery] {
        guard let entries = try? ItemPack.items(await gate.next()) else { throw .unavailable("a broken pack") }
        return entries.map { entry in
            let id = RedisStreamID(UInt64(entry.position.value))
            return FanOutDelivery(id: id.description, entry: entry)
        }
    }

    func publish(_ entries: [(node: NodeName, entry: FanOutEntry)]) async throws(FanOutError) {}
    func hint(_ hint: LogHint) async {}
    func onHint(_ handler: @escaping @Sendable (LogHint) -> Void) async {}
    func say(_ signal: TypingSignal) async {}
    func onTyping(_ handler: @escaping @Sendable (TypingSignal) -> Void) async {}
}
