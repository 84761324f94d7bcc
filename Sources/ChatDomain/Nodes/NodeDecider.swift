extension Decider {
    /// Allowed whatever is known of the node: it is the node itself that starts anew.
    static func joinCluster(_ node: NodeName, _ reader: inout StateReader) throws(DecisionStop) -> Decision {
        _ = try reader.node(node)
        return Decision(.nodeJoined(NodeJoined(node: node)), result: .done)
    }

    static func leaveCluster(
        _ node: NodeName, graceful: Bool, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        guard try reader.node(node)?.isAlive == true else { return .nothing }
        return Decision(.nodeLost(NodeLost(node: node, graceful: graceful)), result: .done)
    }
}

extension StreamState {
    static func evolveNode(_ state: StreamState?, _ event: ChatEvent) -> StreamState? {
        switch event {
        case .nodeJoined: .node(NodeState(isAlive: true))
        case .nodeLost: .node(NodeState(isAlive: false))
        default: state
        }
    }
}
