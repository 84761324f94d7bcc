import ChatApplication
import ChatDomain

/// The whole of a log as a value: each command is judged alone, after those before it.
struct InMemoryLogState: Sendable {
    private(set) var events: [RecordedEvent] = []
    private(set) var heads: [StreamName: StreamHead] = [:]
    var fault: EventLogError?
    private var remembered: [[UInt8]: Remembered] = [:]
    private var batches: [Batch: Bool] = [:]
    private var lastBatch: [Term: Int64] = [:]
    private var lastTime: Int64 = .min

    private struct Remembered: Sendable {
        var parameters: [UInt8]
        var receipt: Receipt
    }

    private struct Term: Hashable, Sendable {
        var node: NodeName
        var term: Int64
    }

    private struct Batch: Hashable, Sendable {
        var term: Term
        var number: Int64
    }

    var head: Position { Position(Int64(events.count)) }

    mutating func append(_ batch: AppendBatch, clock: Int64) throws(EventLogError) -> [AppendOutcome] {
        if let origin = batch.origin { try check(origin) }
        lastTime = max(clock, lastTime)
        var broken: Set<Int> = []
        let outcomes = batch.commands.map { command in
            let outcome = carryOut(command, node: batch.origin?.node, isBroken: broken.contains(command.chain))
            switch outcome {
            case .conflict, .chained: broken.insert(command.chain)
            case .appended, .duplicate, .keyReused: break
            }
            return outcome
        }
        if let origin = batch.origin { record(origin, committed: true) }
        return outcomes
    }

    mutating func fence(_ origin: BatchOrigin) -> Bool {
        let batch = Batch(term: Term(node: origin.node, term: origin.term), number: origin.number)
        if let known = batches[batch] { return known }
        record(origin, committed: false)
        return false
    }

    func events(after: Position, limit: Int, where matches: (RecordedEvent) -> Bool) -> [RecordedEvent] {
        var page: [RecordedEvent] = []
        var bytes = 0
        for event in events.dropFirst(Int(max(0, after.value))) where matches(event) {
            guard page.count < limit, bytes < LogPage.bytes else { break }
            page.append(event)
            bytes += event.payload.count
        }
        return page
    }

    private func check(_ origin: BatchOrigin) throws(EventLogError) {
        guard heads[.node(origin.node)]?.version == origin.term else { throw .staleTerm }
        let last = lastBatch[Term(node: origin.node, term: origin.term)] ?? 0
        guard origin.number > last else { throw .staleBatch }
    }

    private mutating func record(_ origin: BatchOrigin, committed: Bool) {
        let term = Term(node: origin.node, term: origin.term)
        batches[Batch(term: term, number: origin.number)] = committed
        lastBatch[term] = max(origin.number, lastBatch[term] ?? 0)
    }

    private mutating func carryOut(_ command: AppendCommand, node: NodeName?, isBroken: Bool) -> AppendOutcome {
        if let key = command.key, let first = remembered[key.digest] {
            return first.parameters == key.parameters ? .duplicate(first.receipt) : .keyReused
        }
        if isBroken { return .chained }
        let holds = command.guards.allSatisfy { (heads[$0.stream]?.version ?? 0) == $0.version }
        guard holds else { return .conflict }
        let receipt = store(command, node: node)
        if let key = command.key, key.remember {
            var kept = receipt
            kept.result = key.result
            remembered[key.digest] = Remembered(parameters: key.parameters, receipt: kept)
        }
        return .appended(receipt)
    }

    private mutating func store(_ command: AppendCommand, node: NodeName?) -> Receipt {
        var receipt = Receipt(position: nil, version: nil, recordedAt: lastTime)
        for event in command.events {
            let version = move(event.stream)
            for stream in event.touched { move(stream) }
            let position = head.advanced(by: 1)
            if receipt.position == nil {
                receipt.position = position
                receipt.version = version
            }
            events.append(
                RecordedEvent(
                    position: position, type: event.type, schema: event.schema, stream: event.stream, version: version,
                    touched: event.touched, cause: command.cause, node: node, recordedAt: lastTime,
                    payload: event.payload))
        }
        for state in command.states { heads[state.stream]?.state = state.bytes }
        return receipt
    }

    @discardableResult private mutating func move(_ stream: StreamName) -> Int64 {
        var head = heads[stream] ?? StreamHead(stream: stream, version: 0, state: nil)
        head.version += 1
        heads[stream] = head
        return head.version
    }
}
