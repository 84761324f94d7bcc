/// A node took part in the cluster. Lives in `node:NAME`, whose version after it is the node's lease term.
public struct NodeJoined: Sendable, Hashable {
    /// The node.
    public var node: NodeName
    /// A joining.
    public init(node: NodeName) { self.node = node }
}

/// A node left, or was declared dead: its sessions ended with it. Lives in `node:NAME`.
public struct NodeLost: Sendable, Hashable {
    /// The node.
    public var node: NodeName
    /// Whether it said so itself.
    public var graceful: Bool
    /// A loss.
    public init(node: NodeName, graceful: Bool) {
        self.node = node
        self.graceful = graceful
    }
}
