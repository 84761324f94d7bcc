public import ChatDomain

/// The leases by which nodes know of each other and elect one, on the store's clock.
public protocol ClusterStore: Sendable {
    /// Says that a node lives, under its term.
    func renew(_ node: NodeName, term: Int64) async throws(EventLogError)

    /// All nodes that have said so, with the time since, by the store's clock.
    func nodes() async throws(EventLogError) -> [NodeLease]

    /// Takes or renews a lease that one node holds at a time; true while this node holds it.
    func campaign(_ lease: String, node: NodeName, lifetime: Duration) async throws(EventLogError) -> Bool

    /// Gives a lease back, if this node holds it.
    func resign(_ lease: String, node: NodeName) async throws(EventLogError)

    /// Forgets the lease of a node that is gone.
    func remove(_ node: NodeName, term: Int64) async throws(EventLogError)
}

/// A node's lease.
public struct NodeLease: Sendable, Hashable {
    /// The node.
    public var node: NodeName
    /// Its term.
    public var term: Int64
    /// Since it was renewed last, in microseconds.
    public var age: Int64
    /// A lease.
    public init(node: NodeName, term: Int64, age: Int64) {
        self.node = node
        self.term = term
        self.age = age
    }
}
