import ChatApplication
import ChatDomain

/// Commands of all clients in turn, each client a chain; out come completed commands. The states are at hand. A batch
/// is in flight while the next one fills: of `CostStage.batch` commands the first goes alone, the others together.
final class DecideCost: CostCarrier {
    let node: CostNode
    /// The last batch that was to be appended.
    private(set) var decided: [DecidedCommand] = []
    private let machine = PipelineMachine()
    private let requests: [CommandRequest]
    private var submitted = 0
    private var completed = 0
    private var position: Int64 = 0

    /// - Parameter receiving: whose clients' commands are decided.
    init(_ receiving: ReceiveCost? = nil) throws {
        let receiving = try receiving ?? ReceiveCost()
        node = receiving.node
        let count = node.clients.count
        _ = receiving.carry(count)
        requests = node.intake.kept.suffix(count).map(\.request)
    }

    func carry(_ count: Int) -> Int {
        let before = completed
        for _ in 0..<count / CostStage.batch { decideBatch() }
        return completed - before
    }

    /// The commands that the next `appended` is about, kept in `decided`.
    private func decideBatch() {
        for _ in 0..<CostStage.batch {
            let place = submitted % requests.count
            perform(machine.submit(requests[place], id: submitted, chain: place, now: StillClock.time))
            submitted += 1
        }
        while !inFlight.isEmpty {
            let outcomes = inFlight.map { _ in AppendOutcome.appended(receipt()) }
            decided = inFlight
            inFlight = []
            perform(machine.appended(outcomes, now: StillClock.time))
        }
    }

    private var inFlight: [DecidedCommand] = []

    private func perform(_ actions: [PipelineMachine.Action]) {
        for action in actions {
            switch action {
            case .load(let streams): load(streams)
            case .append(let commands): inFlight = commands
            case .complete(_, .done): completed += 1
            case .complete: continue
            }
        }
    }

    private func load(_ streams: [StreamName]) {
        let heads = node.log.standing(of: streams).map {
            (stream: $0.stream, state: VersionedState(version: $0.version, state: $0.decodedState))
        }
        perform(machine.loaded(heads, now: StillClock.time))
    }

    private func receipt() -> Receipt {
        position += 1
        return Receipt(position: Position(position), version: position, recordedAt: StillClock.time)
    }
}
