public import ChatApplication
public import ChatDomain
import Edge
import JSONText
import Reactor
import Telemetry
import WireProtocol

/// Everything that one loop holds: its connections, their sessions, and the feed's way to them.
///
/// Its executor is the loop; connections and sessions never leave it.
public actor LoopWorker {
    let loop: any WorkerLoop
    let services: NodeServices
    let settings: SessionSettings
    let encoder: FeedEncoder
    let directory: Directory
    var connections: [Int: Connection] = [:]
    var routing = RoutingTable<Int>()
    var sessionsByUser: [UserID: Set<Int>] = [:]
    /// Commands on their way into the log, by a number of this loop's own.
    var underWay: [Int: UnderWay] = [:]
    /// Requests that are about to be carried out, by numbers of the same kind.
    var waiting: [Int: WaitingCall] = [:]
    var nextCommand = 1
    /// Connections whose sessions have caught up with more than this loop has been given.
    var parked: Set<Int> = []
    /// Connections whose sessions have a feed that is not live.
    var unrouted: Set<Int> = []
    var receipts = ReceiptGathering()
    /// Friends in whose presence somebody here is interested.
    var watchers: [UserID: Set<Int>] = [:]
    var ring = FeedRing(limit: SessionSettings.ringBytes)
    let limits: SharedRateLimits
    var acknowledgements = Acknowledgements()
    let loginGate = LoginGate()
    var isDraining = false
    /// Where clients come in.
    var entrances: [Entrance] = []
    var webServers: [HTTPServer] = []
    /// What `rpc.discover` answers, and its length.
    private(set) lazy var description: (document: JSONValue, bytes: Int) = {
        let document = OpenRPCDocument.describe(methods: Method.all.map(\.name), version: services.version)
        return (document, document.encoded().count)
    }()
    private var timer: (any WorkerTimer)?
    private var sweep = ConnectionSweep()
    /// This loop's share of the gauge, which all loops have in common.
    private var queuedBytes = 0
    private let feedUnderWay = Handover(limit: Handover.feed)
    private let typingUnderWay = Handover(limit: Handover.typing)

    /// The loop that owns it.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// A worker for a loop; the limits that count by address are shared by the workers of a node.
    public init(loop: any WorkerLoop, services: NodeServices, limits: SharedRateLimits) {
        self.loop = loop
        self.services = services
        settings = services.settings
        directory = Directory(log: services.log)
        encoder = FeedEncoder(keyring: Keyring(store: services.keys), directory: directory)
        self.limits = limits
    }

    /// Begins to follow the feed after a position, and to keep time.
    public func begin(at position: Position) {
        ring.begin(at: position)
        keepTime()
    }

    // MARK: connections

    func ended(_ id: Int) {
        guard let connection = connections[id] else { return }
        connection.peerEnded = true
        closeIfDone(connection)
    }

    /// After the peer's end the connection stays until everything that it asked for is answered.
    func closeIfDone(_ connection: Connection) {
        guard connection.peerEnded || connection.lastWords != nil else { return }
        guard connection.inbox.isEmpty, !connection.isBusy, connection.underWay == 0 else { return }
        if let words = connection.lastWords { send(connection, words) }
        connection.stream.closeAfterFlush(connection.lastWords == nil ? .done : connection.farewell)
        connection.lastWords = nil
    }

    func closed(_ id: Int) {
        guard let connection = connections.removeValue(forKey: id) else { return }
        services.metrics.connections.add(-1)
        endSession(of: connection)
    }

    /// Says goodbye and closes once it is written. Until then the session is nobody's recipient any more: of what
    /// concerns only its user this node may no longer hear.
    func goAway(_ connection: Connection, _ reason: Push.GoAwayReason, retryAfter: Int64? = nil) {
        guard !connection.isClosing else { return }
        detach(connection)
        connection.isClosing = true
        connection.inbox = []
        connection.stream.write(Push.goAway(reason, retryAfter: retryAfter).line)
        connection.stream.closeAfterFlush(reason == .slow ? .slow : .goingAway)
    }

    // MARK: the end

    /// How long the end waits for the last acknowledgements to be logged.
    private static let flushPatience: Duration = .seconds(1)

    /// Accepts no more, says `goaway` to everybody, and waits until what is under way is answered, at most `limit`.
    public func drain(within limit: Duration, reason: GoodbyeReason) async {
        isDraining = true
        entrances.forEach { $0.close() }
        webServers.forEach { $0.close() }
        entrances = []
        webServers = []
        for connection in connections.values where !connection.isClosing {
            // What was received is carried out and answered; nothing further is read.
            connection.stream.pauseReading()
            if connection.underWay == 0, !connection.isBusy, connection.inbox.isEmpty { leave(connection, reason) }
        }
        let deadline = services.clock.now() + Int64(limit / .microseconds(1))
        while !connections.isEmpty, services.clock.now() < deadline {
            for connection in connections.values
            where connection.underWay == 0 && !connection.isBusy && connection.inbox.isEmpty {
                leave(connection, reason)
            }
            await loop.sleep(for: .milliseconds(10))
        }
        connections.values.forEach { $0.stream.close() }
        // What cannot be logged in time its client is shown again.
        Task(executorPreference: loop) { await self.flushAcknowledgements() }
        let last = services.clock.now() + Int64(Self.flushPatience / .microseconds(1))
        repeat {
            await loop.sleep(for: .milliseconds(10))
        } while acknowledgements.isPending
            && services.clock.now() < last
        timer?.cancel()
    }

    private func leave(_ connection: Connection, _ reason: GoodbyeReason) {
        goAway(connection, reason == .draining ? .draining : .shutdown, retryAfter: reason.retryAfter)
    }

    /// The node was declared lost: its sessions ended with it, so every connection goes.
    public func dropSessions() { dropSessions(openedBefore: nil) }

    /// The same, of those that were open at a position of the log; later ones began after the node joined anew.
    func dropSessions(openedBefore position: Position?) {
        for connection in connections.values {
            guard let session = connection.session, position.map({ session.openedAt < $0 }) ?? true else { continue }
            detach(connection)
            forgetSession(of: connection)
            goAway(connection, .shutdown, retryAfter: GoodbyeReason.shutdown.retryAfter)
        }
    }

    /// The log lives another life. A client knows the epoch of its login only: what it is shown from here on would pass
    /// for a lost future at its next login, so that login comes first.
    public func endSessions() {
        for connection in connections.values where connection.session != nil {
            goAway(connection, .shutdown, retryAfter: GoodbyeReason.shutdown.retryAfter)
        }
    }

    // MARK: time

    private func keepTime() {
        timer = loop.timer(after: sweep.pause) { [weak self] in
            self?.assumeIsolated {
                $0.tick()
                $0.keepTime()
            }
        }
    }

    private func tick() {
        let now = services.clock.now()
        if sweep.isOver {
            sweep.begin(connections.keys)
            tellDueReceipts(now: now)
            if acknowledgements.isDue(now) { Task(executorPreference: loop) { await self.flushAcknowledgements() } }
        }
        for id in sweep.take() {
            guard let connection = connections[id] else { continue }
            sweep.queuedBytes += connection.stream.queuedBytes
            // One that is refused may still owe answers, and its client may not take them.
            if !connection.isClosing || connection.lastWords != nil { check(connection, now) }
        }
        guard sweep.isOver else { return }
        services.metrics.queuedBytes.add(Double(sweep.queuedBytes - queuedBytes))
        queuedBytes = sweep.queuedBytes
    }

    private func check(_ connection: Connection, _ now: Int64) {
        let stalled = connection.stream.stalledSince?.duration(to: .now) ?? .zero
        let isStalled = stalled > .seconds(settings.timeoutWrite)
        if connection.isClosing {
            if isStalled { connection.abandon() }
        } else if isStalled {
            goAway(connection, .slow)
            // It may stay for a while to learn why; its user is not there meanwhile.
            endSession(of: connection)
        } else if connection.session == nil, !connection.isBusy,
            now - connection.loggedOutAt > Int64(settings.timeoutLogin) * 1_000_000
        {
            connection.isClosing = true
            connection.stream.closeAfterFlush(.refused)
        } else if !connection.isPaused, now - connection.lastByteAt > Int64(settings.timeoutIdle) * 1_000_000 {
            goAway(connection, .idle)
        }
    }
}

/// Why a whole node says goodbye.
public enum GoodbyeReason: Sendable {
    /// It ends in good order.
    case draining
    /// It lost its place in the cluster.
    case shutdown

    /// Milliseconds after which clients are asked to come back.
    var retryAfter: Int64 { 200 }
}

extension LoopWorker {
    /// Whether so much of the feed waits for this loop that the node's feed has to wait for it. Any thread.
    public nonisolated var isBehind: Bool { feedUnderWay.isFull }

    /// Gives the next of the feed to this loop, in the order of the calls. Any thread.
    public nonisolated func give(_ output: FeedOutput) {
        if loop.isCurrent { return assumeIsolated { $0.take(output) } }
        feedUnderWay.begin()
        execute {
            $0.take(output)
            $0.feedUnderWay.end()
        }
    }

    /// Tells this loop who is typing, or nothing if too much of that waits for it. Any thread.
    public nonisolated func tell(_ signal: TypingSignal) {
        guard typingUnderWay.beginIfThereIsRoom() else { return }
        execute {
            $0.take(signal)
            $0.typingUnderWay.end()
        }
    }

    /// Runs `body` on the worker's loop, in the order of the calls. Any thread.
    public nonisolated func execute(_ body: @escaping @Sendable (isolated LoopWorker) -> Void) {
        loop.execute { self.assumeIsolated { body($0) } }
    }
}
