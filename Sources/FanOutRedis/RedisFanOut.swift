public import ChatApplication
public import ChatDomain
public import Reactor
public import RedisClient

/// The fan-out over Redis Streams: one stream a node, read with XREAD, written with explicit ids.
///
/// It connects when it is used, and fails fast while Redis is away.
public actor RedisFanOut: FanOut {
    /// Items and watermarks kept in a node's stream, about; a node that is further behind reads the log.
    public static let streamLength = 10_000
    /// Bytes of these, about: of large entries fewer are kept.
    public static let streamBytes = 32 << 20
    /// Entries read at once: packs of `ItemPack.most` items at most, or watermarks.
    public static let page = 50
    /// Bytes of a watermark, about.
    static let watermarkWeight = 100
    /// Commands, and bytes of entries, about, that are sent in one piece.
    static let pieceCommands = 1_000
    static let pieceBytes = 8 << 20
    /// A node's stream goes this long after the last entry: nodes that are gone leave nothing behind.
    static let lifetime: Duration = .seconds(3_600)
    /// How often that is said again.
    static let renewal: Duration = .seconds(60)
    /// How long anything may take beside the waiting that was asked for.
    public static let patience: Duration = .seconds(1)
    /// How long a blocking read may take beside its waiting: the feed stands still meanwhile.
    public static let readingPatience: Duration = .milliseconds(300)
    /// Between two tries to connect.
    public static let retry: Duration = .milliseconds(500)

    /// What a connection is used for: a blocking read holds up what comes behind it.
    private enum Use: Hashable {
        case publishing, probing, reading
    }

    private let address: RedisAddress
    private var prefix: String
    private let loop: EventLoop
    private var connections: [Use: RedisConnection] = [:]
    private var failedAt: [Use: ContinuousClock.Instant] = [:]
    private var renewedAt: [NodeName: ContinuousClock.Instant] = [:]
    private var lengths: [NodeName: StreamLength] = [:]
    /// What ends the listening to channels of this life of the log.
    private var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    private var lastListener = 0
    /// The head of the last hint of what somebody waits for that was sent.
    private var awaited = Position.start

    /// The loop that owns it.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// A fan-out for one life of the log: another epoch has other keys.
    public init(address: RedisAddress, epoch: String, loop: EventLoop) {
        self.address = address
        self.loop = loop
        prefix = Self.prefix(of: epoch)
    }

    private static func prefix(of epoch: String) -> String { "parley:{\(epoch)}" }

    /// Goes on with the streams and channels of another life of the log; what listens or waits does so anew.
    public func follow(epoch: String) async {
        prefix = Self.prefix(of: epoch)
        renewedAt = [:]
        lengths = [:]
        awaited = .start
        listeners.values.forEach { $0.finish() }
        let former = Array(connections.values)
        connections = [:]
        for connection in former { await connection.close() }
    }

    /// See `FanOut`.
    public func publish(_ entries: [(node: NodeName, entry: FanOutEntry)]) async throws(FanOutError) {
        var commands: [[RedisArgument]] = []
        var bytes = 0
        for addition in additions(entries) {
            commands.append(addition.command)
            bytes += addition.weight
            if commands.count >= Self.pieceCommands || bytes >= Self.pieceBytes {
                try await send(commands)
                commands = []
                bytes = 0
            }
        }
        try await send(commands + renewals(of: Set(entries.map(\.node))))
    }

    private typealias Addition = (command: [RedisArgument], weight: Int)

    /// What adds the entries, each node's in their order: items in packs, watermarks by themselves.
    private func additions(_ entries: [(node: NodeName, entry: FanOutEntry)]) -> [Addition] {
        var additions: [Addition] = []
        var packs: [NodeName: ItemPack] = [:]
        // One behind the other, an item goes to several nodes.
        var packed: PackedItem?
        for (node, entry) in entries {
            switch entry {
            case .item(let item, let previous):
                let bytes = packed.flatMap { $0.position == item.position ? $0 : nil } ?? PackedItem(item)
                packed = bytes
                packs[node, default: ItemPack()].add(bytes, previous: previous)
                guard packs[node]?.isFull == true else { continue }
                if let pack = packs.removeValue(forKey: node) { additions.append(addition(of: pack, to: node)) }
            case .watermark(_, let previous, _):
                if let pack = packs.removeValue(forKey: node) { additions.append(addition(of: pack, to: node)) }
                let fields = EntryCodec.fields(ofWatermarkAfter: previous)
                additions.append(
                    addition(EntryCodec.id(of: entry), fields, weight: Self.watermarkWeight, items: 1, to: node))
            }
        }
        return additions + packs.map { addition(of: $1, to: $0) }
    }

    private func addition(of pack: ItemPack, to node: NodeName) -> Addition {
        let id = RedisStreamID(UInt64(pack.last.value))
        return addition(id, EntryCodec.fields(of: pack), weight: pack.bytes.count, items: pack.count, to: node)
    }

    private func addition(
        _ id: RedisStreamID, _ fields: [RedisArgument], weight: Int, items: Int, to node: NodeName
    ) -> Addition {
        let length = lengths[node, default: StreamLength()].add(weight, items: items)
        let head: [RedisArgument] = [
            "XADD", .string(stream(of: node)), "MAXLEN", "~", .integer(length), .string(id.description),
        ]
        return (head + fields, weight)
    }

    private func renewals(of nodes: Set<NodeName>) -> [[RedisArgument]] {
        let now = ContinuousClock.now
        let due = nodes.filter { (renewedAt[$0] ?? now - Self.renewal) + Self.renewal <= now }
        for node in due { renewedAt[node] = now }
        return due.map { ["EXPIRE", .string(stream(of: $0)), .integer(Int(Self.lifetime / .seconds(1)))] }
    }

    private func send(_ commands: [[RedisArgument]]) async throws(FanOutError) {
        guard !commands.isEmpty else { return }
        let replies: [RedisReply]
        do throws(FanOutError) {
            replies = try await with(.publishing) { try await $0.pipeline(commands) }
        } catch {
            renewedAt = [:]
            throw error
        }
        for case .error(let text) in replies where !text.contains("equal or smaller") {
            throw .unavailable("Redis did not take an entry")
        }
    }

    /// See `FanOut`.
    public func read(node: NodeName, after: String, timeout: Duration) async throws(FanOutError) -> [FanOutDelivery] {
        let isProbe = timeout <= .zero
        let key = stream(of: node)
        let from = Self.id(after)
        let entries = try await with(isProbe ? .probing : .reading) {
            try await $0.xread(key, after: from, block: isProbe ? nil : timeout, count: Self.page)
        }
        return try Self.deliveries(entries, after: from)
    }

    /// What the entries hold, above an id, which may be that of an item within a pack, and in rising order: a pack may
    /// begin with what another relay sent before.
    private static func deliveries(
        _ entries: [RedisStreamEntry], after id: RedisStreamID
    ) throws(FanOutError) -> [FanOutDelivery] {
        var last = id
        var deliveries: [FanOutDelivery] = []
        for entry in entries {
            guard let held = EntryCodec.decode(entry) else { throw .unavailable("an entry cannot be read") }
            for entry in held where EntryCodec.id(of: entry) > last {
                last = EntryCodec.id(of: entry)
                deliveries.append(FanOutDelivery(id: last.description, entry: entry))
            }
        }
        return deliveries
    }

    /// See `FanOut`.
    public func hint(_ hint: LogHint) async {
        // A sign that older nodes read over.
        let isAwaited = hint.awaited > awaited
        let payload = (isAwaited ? "+" : "") + String(hint.head.value)
        let sent = try? await with(.publishing) {
            try await $0.send(["PUBLISH", .string(self.hints), .string(payload)])
        }
        if sent != nil, isAwaited { awaited = max(awaited, hint.head) }
    }

    /// See `FanOut`.
    public func onHint(_ handler: @escaping @Sendable (LogHint) -> Void) async {
        await listen(to: hints) { payload in
            let text = String(decoding: payload, as: UTF8.self)
            guard let head = Int64(text).map({ Position($0) }) else { return }
            handler(LogHint(head: head, awaited: text.hasPrefix("+") ? head : .start))
        }
    }

    /// See `FanOut`.
    public func say(_ signal: TypingSignal) async {
        _ = try? await with(.publishing) {
            try await $0.send(["PUBLISH", .string(self.typing), .bytes(TypingCodec.encode(signal))])
        }
    }

    /// See `FanOut`.
    public func onTyping(_ handler: @escaping @Sendable (TypingSignal) -> Void) async {
        await listen(to: typing) { payload in
            if let signal = TypingCodec.decode(payload) { handler(signal) }
        }
    }

    /// Hears a channel, over a connection of its own, until it is lost.
    private func listen(to channel: String, _ handler: @escaping @Sendable ([UInt8]) -> Void) async {
        let (lost, signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        lastListener += 1
        let number = lastListener
        listeners[number] = signal
        defer { listeners[number] = nil }
        let connection = try? await RedisConnection.connect(
            address, on: loop, timeout: Self.patience, onLost: { _ in signal.finish() })
        guard let connection else {
            // Whoever calls again at once must not spin.
            return await loop.sleep(for: Self.retry)
        }
        do {
            try await connection.subscribe(channel, handler: handler)
        } catch {
            return await connection.close()
        }
        for await _ in lost {}
        await connection.close()
    }

    private var hints: String { prefix + ":hint" }

    private var typing: String { prefix + ":typing" }

    private func stream(of node: NodeName) -> String { "\(prefix):node:\(node)" }

    private static func id(_ text: String) -> RedisStreamID {
        let parts = text.split(separator: "-").map { UInt64($0) ?? 0 }
        return RedisStreamID(parts.first ?? 0, parts.count > 1 ? parts[1] : 0)
    }

    // MARK: connections

    private func with<Value: Sendable>(
        _ use: Use, _ body: @Sendable (RedisConnection) async throws -> Value
    ) async throws(FanOutError) -> Value {
        let connection = try await connection(for: use)
        do {
            return try await body(connection)
        } catch {
            if connections[use] === connection { connections[use] = nil }
            await connection.close()
            throw .unavailable(String(describing: error))
        }
    }

    private func connection(for use: Use) async throws(FanOutError) -> RedisConnection {
        if let connection = connections[use], await connection.isOpen { return connection }
        if let failed = failedAt[use], failed.duration(to: .now) < Self.retry { throw .unavailable("Redis is away") }
        do {
            let connection = try await RedisConnection.connect(
                address, on: loop, timeout: Self.patience,
                commandTimeout: use == .reading ? Self.readingPatience : Self.patience)
            // Another caller may have connected meanwhile.
            if let present = connections[use], await present.isOpen {
                await connection.close()
                return present
            }
            connections[use] = connection
            failedAt[use] = nil
            return connection
        } catch {
            failedAt[use] = .now
            throw .unavailable(String(describing: error))
        }
    }

    /// Ends all connections.
    public func close() async {
        for connection in connections.values { await connection.close() }
        connections = [:]
    }
}

extension RedisFanOut {
    /// Whether Redis answers now.
    public func isReachable() async -> Bool {
        let reply = try? await with(.probing) { try await $0.send(["PING"]) }
        return reply != nil
    }
}
