public import ChatDomain
import Synchronization

/// A node's place in the cluster: it takes a lease term, keeps it, and takes another after the node was declared lost.
public actor NodeMembership {
    /// Between two renewals of the lease.
    public static let interval: Duration = .seconds(1)
    /// Between two tries to join again.
    static let joinPause: Duration = .milliseconds(500)

    /// What it works with: the node's own, and, for the lease, what nothing else of the node holds up.
    public struct Ports: Sendable {
        var single: SingleCommand
        var cluster: any ClusterStore
        var leaseLog: any EventLog
        var leaseCluster: any ClusterStore

        /// The ports.
        public init(
            single: SingleCommand, cluster: any ClusterStore, leaseLog: any EventLog, leaseCluster: any ClusterStore
        ) {
            self.single = single
            self.cluster = cluster
            self.leaseLog = leaseLog
            self.leaseCluster = leaseCluster
        }
    }

    /// What it tells the node.
    public struct Events: Sendable {
        /// The lease was renewed: the database answers.
        public var renewed: @Sendable () async throws(EventLogError) -> Void
        /// The node was declared lost: its sessions are over.
        public var lost: @Sendable () async -> Void
        /// Another process has taken the node's name: this one must end.
        public var superseded: @Sendable () -> Void
        /// The lease could not be renewed, or the node not join; it is tried again.
        public var failed: @Sendable (EventLogError) -> Void

        /// What is told.
        public init(
            renewed: @escaping @Sendable () async throws(EventLogError) -> Void,
            lost: @escaping @Sendable () async -> Void, superseded: @escaping @Sendable () -> Void,
            failed: @escaping @Sendable (EventLogError) -> Void
        ) {
            self.renewed = renewed
            self.lost = lost
            self.superseded = superseded
            self.failed = failed
        }
    }

    private let executor: any LoopExecutor
    private let node: NodeName
    private let ports: Ports
    private let pipeline: CommandPipeline
    private let pause: @Sendable (Duration) async -> Void
    private let events: Events
    private let current = Atomic<Int64>(0)
    private var isRejoining = false
    private var isEnding = false

    /// The loop that owns it.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// The lease term; 0 while there is none. Any thread.
    public nonisolated var term: Int64 { current.load(ordering: .acquiring) }

    /// A membership that does nothing before `join`; it waits by `pause`, which stays on the executor.
    public init(
        executor: any LoopExecutor, node: NodeName, ports: Ports, pipeline: CommandPipeline,
        pause: @escaping @Sendable (Duration) async -> Void, events: Events
    ) {
        self.executor = executor
        self.node = node
        self.ports = ports
        self.pipeline = pipeline
        self.pause = pause
        self.events = events
    }

    /// Takes a lease term; from here on everything that this node appends is guarded by it.
    public func join() async throws(EventLogError) {
        let versions = try await ports.single.run(.joinCluster(node)) ?? [:]
        guard let version = versions[.node(node)] else { throw .unavailable("the node could not join") }
        try await ports.cluster.renew(node, term: version)
        await pipeline.begin(node: node, term: version)
        current.store(version, ordering: .releasing)
    }

    /// Says every second that the node lives, and sees whether the cluster still thinks so; until the task is
    /// cancelled.
    public func keep() async {
        // While it drains, too: what is still under way rests on the lease.
        while !Task.isCancelled {
            await pause(Self.interval)
            do throws(EventLogError) {
                let mine = term
                guard mine != 0 else { continue }
                let version = try await ports.leaseLog.heads(of: [.node(node)]).first?.version
                guard version == mine else {
                    await lost(mine)
                    continue
                }
                try await ports.leaseCluster.renew(node, term: mine)
                try await events.renewed()
            } catch {
                guard !Task.isCancelled else { return }
                events.failed(error)
            }
        }
    }

    /// The node ends: should it be declared lost meanwhile, it does not join again.
    public func end() { isEnding = true }

    /// The node was declared lost under a term: its sessions are over, and it begins anew under another.
    public func lost(_ lost: Int64) async {
        guard !isRejoining, !isEnding, lost != 0, term == lost else { return }
        isRejoining = true
        // Without a term no login that is under way becomes a session.
        current.store(0, ordering: .releasing)
        defer { isRejoining = false }
        await events.lost()
        var mayHaveJoined = false
        while !Task.isCancelled {
            do throws(EventLogError) {
                if !mayHaveJoined, try await isSuperseded(after: lost) { return events.superseded() }
                mayHaveJoined = true
                return try await join()
            } catch {
                events.failed(error)
                await pause(Self.joinPause)
            }
        }
    }

    /// Whether another process took this node's name, without waiting until this one was declared lost. A joining of
    /// its own whose answer was lost looks the same.
    private func isSuperseded(after lost: Int64) async throws(EventLogError) -> Bool {
        guard let head = try await ports.leaseLog.heads(of: [.node(node)]).first else { return false }
        guard head.version > lost, case .node(let state)? = head.decodedState else { return false }
        return state.isAlive
    }
}
