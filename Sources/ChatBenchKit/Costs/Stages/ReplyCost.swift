import ChatApplication
import ChatDomain

/// Outcomes of commands that wait for them; out come replies.
final class ReplyCost: CostCarrier {
    private let node: CostNode
    private let outcomes: [CommandOutcome]
    private var next = 0

    init() throws {
        let receiving = try ReceiveCost()
        node = receiving.node
        let community = node.community
        _ = receiving.carry(CostStage.most + CostStage.warm)
        outcomes = node.clients.map { client in
            .done(
                .sent(.direct(between: client.user, and: community.partner(of: client.user))),
                Receipt(position: Position(123_456), version: 1_234, recordedAt: StillClock.time), duplicate: false)
        }
    }

    func carry(_ count: Int) -> Int {
        let before = node.lines
        for waiting in node.intake.kept[next..<next + count] {
            waiting.complete(outcomes[waiting.chain - 1])
            node.loop.drain()
        }
        next += count
        return node.lines - before
    }

    /// The last client's last reply.
    var lastLine: [UInt8] { node.clients.last?.last ?? [] }
}
