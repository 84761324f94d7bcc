public import ChatApplication
public import ChatDomain
import Synchronization

/// Leases in memory: a test says which nodes live, and how old their leases are.
public final class InMemoryClusterStore: ClusterStore {
    private struct State {
        var leases: [NodeLease] = []
        var holders: [String: NodeName] = [:]
        var fault: EventLogError?
    }

    private let state = Mutex(State())

    /// No nodes yet.
    public init() {}

    /// The leases as `nodes` gives them.
    public var leases: [NodeLease] {
        get { state.withLock { $0.leases } }
        set { state.withLock { $0.leases = newValue } }
    }

    /// While set, every call throws it.
    public var fault: EventLogError? {
        get { state.withLock { $0.fault } }
        set { state.withLock { $0.fault = newValue } }
    }

    /// See `ClusterStore`.
    public func renew(_ node: NodeName, term: Int64) async throws(EventLogError) {
        try check()
        state.withLock { state in
            state.leases.removeAll { $0.node == node }
            state.leases.append(NodeLease(node: node, term: term, age: 0))
        }
    }

    /// See `ClusterStore`.
    public func nodes() async throws(EventLogError) -> [NodeLease] {
        try check()
        return leases
    }

    /// See `ClusterStore`. A lease never runs out here.
    public func campaign(_ lease: String, node: NodeName, lifetime: Duration) async throws(EventLogError) -> Bool {
        try check()
        return state.withLock { state in
            let holder = state.holders[lease] ?? node
            state.holders[lease] = holder
            return holder == node
        }
    }

    /// See `ClusterStore`.
    public func resign(_ lease: String, node: NodeName) async throws(EventLogError) {
        try check()
        state.withLock { if $0.holders[lease] == node { $0.holders[lease] = nil } }
    }

    /// See `ClusterStore`.
    public func remove(_ node: NodeName, term: Int64) async throws(EventLogError) {
        try check()
        state.withLock { $0.leases.removeAll { $0.node == node && $0.term == term } }
    }

    private func check() throws(EventLogError) {
        if let fault { throw fault }
    }
}
