public import ChatDomain

/// The elected node's watch over the others: who does not renew its lease is declared lost.
public actor ClusterMonitor {
    /// How long a node may be silent before it is declared lost.
    public static let lifetime: Duration = .seconds(4)

    private let executor: any LoopExecutor
    private let cluster: any ClusterStore
    private let single: SingleCommand
    private let clock: any Clock
    /// Since when this monitor has been able to write, without a pause, by the local clock.
    private var steadySince: Int64?
    /// When it last looked to the end.
    private var lastLook: Int64 = 0
    /// A longer time between two looks is an outage, of the store or of this process, in microseconds.
    static let gap: Int64 = 2_000_000

    /// The loop that owns it.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// A monitor that does nothing before `look`.
    public init(executor: any LoopExecutor, cluster: any ClusterStore, single: SingleCommand, clock: any Clock) {
        self.executor = executor
        self.cluster = cluster
        self.single = single
        self.clock = clock
    }

    /// Forgets that it could write: only time in which it could counts, so that an outage of the store does not
    /// declare everybody dead.
    public func pause() { steadySince = nil }

    /// Looks once; gives the nodes that it declared lost.
    public func look() async -> [NodeName] {
        do throws(EventLogError) {
            let leases = try await cluster.nodes()
            let now = clock.now()
            // Through an outage nobody could renew, whoever is alive.
            if now - lastLook > Self.gap { steadySince = nil }
            lastLook = now
            let since = steadySince ?? now
            steadySince = since
            let steady = now - since
            let limit = Int64(Self.lifetime / .microseconds(1))
            var lost: [NodeName] = []
            for lease in leases where min(lease.age, steady) > limit {
                if try await declareLost(lease) { lost.append(lease.node) }
            }
            return lost
        } catch {
            steadySince = nil
            return []
        }
    }

    private func declareLost(_ lease: NodeLease) async throws(EventLogError) -> Bool {
        // A node that has joined anew meanwhile has another term, and is left alone.
        let versions = try await single.run(
            .leaveCluster(lease.node, graceful: false), onlyIf: [.node(lease.node): lease.term])
        try await cluster.remove(lease.node, term: lease.term)
        return versions != nil
    }
}
