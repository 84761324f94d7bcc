import ChatApplication
import ChatDomain
import FanOutRedis

/// Pages of the log; out come their items, in packs for each of the nodes that hold sender and recipient.
final class RelayCost: CostCarrier {
    let node: CostNode
    private let nodes: [NodeName]
    private let size: Int
    private let tail = CostTail()
    private let packing = PackingFanOut()
    private var pages: CostPages

    /// - Parameters:
    ///   - node: whose clients write.
    ///   - nodes: where they are, in turn.
    ///   - page: messages of a page.
    ///   - pages: how many pages there are.
    init(
        _ node: CostNode? = nil, toGroup: Bool = false, nodes: [NodeName] = [CostNode.name, NodeName("b")],
        page: Int = CostStage.batch, pages count: Int = (CostStage.most + CostStage.warm) / CostStage.batch
    ) throws {
        let encoding = try EncodeCost(DecideCost(ReceiveCost(node, toGroup: toGroup)))
        self.node = encoding.node
        self.nodes = nodes
        size = page
        pages = encoding.pages(count, of: page)
        let node = encoding.node
        let sessions = node.community.users.map { user in
            OpenSessionRow(
                session: SessionID("session-\(user)"), user: user, node: nodes[Int(user.value) % nodes.count])
        }
        let relay = Relay(
            executor: node.loop, log: node.log, tail: tail, fanOut: packing,
            reads: CostReads(community: node.community, sessions: sessions), cluster: CostCluster(names: nodes),
            keys: node.keys, clock: StillClock())
        Task(executorPreference: node.loop) { try? await relay.run() }
        node.loop.drain()
    }

    func carry(_ count: Int) -> Int {
        let before = packing.items
        for _ in 0..<count / size {
            guard let page = pages.next() else { break }
            tail.gate.give(page)
            node.loop.drain()
        }
        return (packing.items - before) / nodes.count
    }

    /// All packs of one node that were not taken yet, after carrying what there is.
    func packs(for name: NodeName) -> [[UInt8]] {
        packing.keeps = true
        while let page = pages.next() {
            tail.gate.give(page)
            node.loop.drain()
        }
        return packing.kept[name] ?? []
    }
}

/// What the relay gives, packed as for Redis.
final class PackingFanOut: FanOut, @unchecked Sendable {
    /// Items in packs, for whatever node.
    private(set) var items = 0
    /// Whether packs are kept.
    var keeps = false
    private(set) var kept: [NodeName: [[UInt8]]] = [:]

    func publish(_ entries: [(node: NodeName, entry: FanOutEntry)]) async throws(FanOutError) {
        var packs: [NodeName: ItemPack] = [:]
        var packed: PackedItem?
        for case (let node, .item(let item, let previous)) in entries {
            let bytes = packed.flatMap { $0.position == item.position ? $0 : nil } ?? PackedItem(item)
            packed = bytes
            packs[node, default: ItemPack()].add(bytes, previous: previous)
            guard packs[node]?.isFull == true, let pack = packs.removeValue(forKey: node) else { continue }
            take(pack, node)
        }
        for (node, pack) in packs { take(pack, node) }
    }

    private func take(_ pack: ItemPack, _ node: NodeName) {
        items += pack.count
        if keeps { kept[node, default: []].append(pack.bytes) }
    }

    func read(node: NodeName, after: String, timeout: Duration) async throws(FanOutError) -> [FanOutDelivery] { [] }
    func hint(_ hint: LogHint) async {}
    func onHint(_ handler: @escaping @Sendable (LogHint) -> Void) async {}
    func say(_ signal: TypingSignal) async {}
    func onTyping(_ handler: @escaping @Sendable (TypingSignal) -> Void) async {}
}
