public import ChatApplication
public import ChatDomain
import Synchronization

/// A fan-out in memory that fails when it is told to. It keeps the same contract as the one over Redis.
public final class InMemoryFanOut: FanOut {
    private struct ID: Comparable, Hashable {
        var major: Int64
        var minor: Int64

        static func < (left: ID, right: ID) -> Bool { (left.major, left.minor) < (right.major, right.minor) }
    }

    private struct State {
        var streams: [NodeName: [(id: ID, entry: FanOutEntry)]] = [:]
        var waiting: [Int: (node: NodeName, continuation: CheckedContinuation<Void, Never>)] = [:]
        var handlers: [@Sendable (LogHint) -> Void] = []
        var typingHandlers: [@Sendable (TypingSignal) -> Void] = []
        var number = 0
        var isDown = false
        var hanging: Duration = .zero
    }

    private let state = Mutex(State())
    private let sleep: @Sendable (Duration, @escaping @Sendable () -> Void) -> Void
    private let drops: @Sendable () -> Bool

    /// An empty carrier.
    ///
    /// - Parameters:
    ///   - sleep: calls its argument after a time.
    ///   - drops: asked for each entry; true loses it.
    public init(
        sleep: @escaping @Sendable (Duration, @escaping @Sendable () -> Void) -> Void,
        drops: @escaping @Sendable () -> Bool = { false }
    ) {
        self.sleep = sleep
        self.drops = drops
    }

    /// While true, every call fails at once, and whoever waits is woken with the failure.
    public var isDown: Bool {
        get { state.withLock { $0.isDown } }
        set {
            state.withLock { $0.isDown = newValue }
            wake { _ in true }
        }
    }

    /// While above zero, every call takes this long, then fails.
    public var hanging: Duration {
        get { state.withLock { $0.hanging } }
        set { state.withLock { $0.hanging = newValue } }
    }

    /// Loses everything that was published.
    public func empty() { state.withLock { $0.streams = [:] } }

    /// Loses the newest entries of every stream, as a carrier does that stores now and then and dies.
    public func loseNewest(_ count: Int) {
        state.withLock { state in
            state.streams = state.streams.mapValues { Array($0.dropLast(count)) }
        }
    }

    /// Entries that are kept for a node.
    public func count(of node: NodeName) -> Int { state.withLock { $0.streams[node]?.count ?? 0 } }

    /// See `FanOut`.
    public func publish(_ entries: [(node: NodeName, entry: FanOutEntry)]) async throws(FanOutError) {
        try await beReachable()
        let changed = state.withLock { state in
            var changed: Set<NodeName> = []
            for (node, entry) in entries {
                let entry = Self.stored(entry)
                let id = Self.id(of: entry)
                if let newest = state.streams[node]?.last?.id, newest >= id { continue }
                if drops() { continue }
                state.streams[node, default: []].append((id, entry))
                changed.insert(node)
            }
            return changed
        }
        wake { changed.contains($0) }
    }

    /// See `FanOut`.
    public func read(node: NodeName, after: String, timeout: Duration) async throws(FanOutError) -> [FanOutDelivery] {
        try await beReachable()
        let found = deliveries(node, after)
        guard found.isEmpty, timeout > .zero else { return found }
        await wait(node, timeout)
        try await beReachable()
        return deliveries(node, after)
    }

    /// See `FanOut`.
    public func hint(_ hint: LogHint) async {
        let handlers = state.withLock { $0.isDown ? [] : $0.handlers }
        for handler in handlers { handler(hint) }
    }

    /// Returns at once, after the handler is known; hints come as long as it is up.
    public func onHint(_ handler: @escaping @Sendable (LogHint) -> Void) async {
        state.withLock { $0.handlers.append(handler) }
    }

    /// See `FanOut`.
    public func say(_ signal: TypingSignal) async {
        let handlers = state.withLock { $0.isDown ? [] : $0.typingHandlers }
        for handler in handlers { handler(signal) }
    }

    /// Returns at once, after the handler is known; signals come as long as it is up.
    public func onTyping(_ handler: @escaping @Sendable (TypingSignal) -> Void) async {
        state.withLock { $0.typingHandlers.append(handler) }
    }

    private func beReachable() async throws(FanOutError) {
        let hanging = hanging
        if hanging > .zero {
            await withCheckedContinuation { continuation in sleep(hanging) { continuation.resume() } }
            throw .unavailable("it hangs")
        }
        if isDown { throw .unavailable("it is down") }
    }

    private func deliveries(_ node: NodeName, _ after: String) -> [FanOutDelivery] {
        let after = Self.id(after)
        return state.withLock { state in
            (state.streams[node] ?? []).lazy.filter { $0.id > after }.prefix(500).map {
                FanOutDelivery(id: "\($0.id.major)-\($0.id.minor)", entry: $0.entry)
            }
        }
    }

    private func wait(_ node: NodeName, _ timeout: Duration) async {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiting[number] = (node, continuation) }
            sleep(timeout) { [weak self] in self?.wake(number) }
        }
    }

    private func wake(_ number: Int) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: number) }
        waiting?.continuation.resume()
    }

    private func wake(_ isMeant: (NodeName) -> Bool) {
        let numbers = state.withLock { state in state.waiting.filter { isMeant($0.value.node) }.keys.sorted() }
        for number in numbers { wake(number) }
    }

    private static func stored(_ entry: FanOutEntry) -> FanOutEntry {
        guard case .watermark(let position, let previous, let tick) = entry else { return entry }
        return .watermark(position, previous: previous, tick: max(1, tick))
    }

    private static func id(of entry: FanOutEntry) -> ID {
        switch entry {
        case .item(let item, _): ID(major: item.position.value, minor: 0)
        case .watermark(let position, _, let tick): ID(major: position.value, minor: tick)
        }
    }

    private static func id(_ text: String) -> ID {
        let parts = text.split(separator: "-").map { Int64($0) ?? 0 }
        return ID(major: parts.first ?? 0, minor: parts.count > 1 ? parts[1] : 0)
    }
}
