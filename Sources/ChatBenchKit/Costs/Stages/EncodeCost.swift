import ChatApplication
import EventLogPostgres
import PostgresClient

/// The same decided batch again and again; out come its events, as the parameters of a call.
final class EncodeCost: CostCarrier, @unchecked Sendable {
    let node: CostNode
    private let batch: [DecidedCommand]
    private let keyring: Keyring
    private var encoded: [AppendCommand] = []
    /// Bytes of the last call's parameters.
    private(set) var bytes = 0

    init(_ deciding: DecideCost? = nil) throws {
        let deciding = try deciding ?? DecideCost()
        node = deciding.node
        _ = deciding.carry(CostStage.batch)
        // The first command of a batch goes ahead of it.
        batch = deciding.decided + deciding.decided.prefix(1)
        keyring = Keyring(store: node.keys)
    }

    func carry(_ count: Int) -> Int {
        var events = 0
        for _ in 0..<count / batch.count {
            let commands = encode()
            let arguments = AppendArguments(AppendBatch(origin: origin, commands: commands))
            bytes = ParameterBlock(arguments.parameters).bytes.count
            events += commands.reduce(0) { $0 + $1.events.count }
        }
        return events
    }

    private let origin = BatchOrigin(node: CostNode.name, term: 1, number: 1)

    private func encode() -> [AppendCommand] {
        encoded = []
        Task(executorPreference: node.loop) {
            self.encoded = (try? await CommandPipeline.encode(self.batch, self.keyring, at: StillClock.time)) ?? []
        }
        node.loop.drain()
        return encoded
    }

    /// The events of so many pages as the log has them, each of so many messages.
    func pages(_ count: Int, of size: Int) -> CostPages {
        let first = Int64(node.log.events.count)
        _ = node.log.store(AppendBatch(origin: origin, commands: encode()))
        let events = Array(node.log.events.dropFirst(Int(first)))
        return CostPages(events, after: first, count: count, of: size)
    }
}
