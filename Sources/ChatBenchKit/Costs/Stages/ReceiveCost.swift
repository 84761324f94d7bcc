import ChatDomain

/// Lines of clients, one at a time; out come commands, which nobody answers.
final class ReceiveCost: CostCarrier {
    let node: CostNode
    private let lines: [[UInt8]]
    private var next = 0

    /// - Parameter toGroup: whether they write to the group; otherwise to their partners.
    init(_ node: CostNode? = nil, toGroup: Bool = false) throws {
        let node = try node ?? CostNode(clients: CostStage.clients)
        self.node = node
        node.intake.keeps = true
        lines = node.clients.map { client in
            let partner = Int(node.community.partner(of: client.user).value)
            let group = Int(CostCommunity.group.value)
            return client.line(to: toGroup ? .group(group) : .user(partner), bytes: CostNode.textBytes)
        }
    }

    func carry(_ count: Int) -> Int {
        let before = node.intake.kept.count
        for _ in 0..<count {
            node.clients[next].send(lines[next])
            next = (next + 1) % lines.count
        }
        return node.intake.kept.count - before
    }
}
