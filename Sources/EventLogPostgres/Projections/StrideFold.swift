import ChatApplication
import ChatDomain
import ChatProjections

/// What a stride of the log comes to before it meets any table.
struct FoldedStride: Sendable {
    /// What an event does to the tables of a lane.
    struct Change: Sendable {
        /// How many of the stride's messages come before it.
        let after: Int
        let changes: RowChanges
        /// Messages that must be folded first.
        let awaited: AwaitedMessages
    }

    /// Messages for those that take tallies.
    var messages: [SentMessage] = []
    /// What the other events do, for each lane.
    var lanes: [[Change]]
    /// The stride itself, for those lanes whose projection takes stretches.
    var stretches: [(any LogStretch)?]
    /// The stride's last position.
    let end: Position
    /// Why the fold ends here.
    var failure: RebuildFailure?
}

/// Reads strides of the log and folds them, each by itself: folds read no tables, so any number may run at a time.
struct StrideFold: Sendable {
    /// Projections that share nothing with those of other lanes. Those that take tallies have one each, for an event
    /// that one of them awaits messages for is often nothing to the other; and those that take stretches.
    let lanes: [[any Projection]]
    private let hasTallies: Bool
    let selection: LogSelection
    private let opened: Set<EventType>
    private let keys: any SealingKeyStore

    init(_ kinds: [any Projection.Type], environment: ProjectionEnvironment, keys: any SealingKeyStore) {
        let others = kinds.filter { !($0 is any TallyingProjection.Type) && !($0 is any StretchProjection.Type) }
        let tallying = kinds.filter { $0 is any TallyingProjection.Type }
        let stretching = kinds.filter { $0 is any StretchProjection.Type }
        hasTallies = !tallying.isEmpty
        lanes = ([others] + (tallying + stretching).map { [$0] }).filter { !$0.isEmpty }.map { kinds in
            kinds.map { $0.init(environment: environment) }
        }
        selection = LogSelection(kinds)
        opened = kinds.reduce(into: []) { $0.formUnion($1.openedTypes) }
        // Most strides have messages by the same users.
        self.keys = KeptKeys(keys)
    }

    /// Reads a stride and folds it.
    func run(_ log: any EventLog, after: Position, upTo: Position) async throws -> FoldedStride {
        let entries =
            if let log = log as? any SelectiveLog {
                try await log.entries(selection, after: after, upTo: upTo)
            } else {
                try await WholeEvents(log: log).entries(selection, after: after, upTo: upTo)
            }
        return try await fold(entries, end: upTo)
    }

    /// Folds what was read.
    func fold(_ entries: [LogEntry], end: Position) async throws -> FoldedStride {
        var stride = FoldedStride(
            lanes: Array(repeating: [], count: lanes.count),
            stretches: lanes.map { ($0[0] as? any StretchProjection)?.stretch() }, end: end)
        if hasTallies { stride.messages.reserveCapacity(entries.count) }
        let events: [RecordedEvent] = entries.compactMap { if case .event(let event) = $0 { event } else { nil } }
        // A ring of its own for each stride, so that no two meet in one.
        let decoding = EventDecoding(keys: keys)
        var decoded = try await decoding.decode(events, types: selection.types, opened: opened).makeIterator()
        try await decoding.fetchKeys(ofMessagesIn: entries)
        for entry in entries where stride.failure == nil {
            switch entry {
            case .message(let envelope): add(envelope, text: nil, to: &stride)
            case .sealed(let message):
                do throws(ProjectionError) {
                    add(message.envelope, text: try decoding.text(of: message), to: &stride)
                } catch {
                    stride.failure = stuck(at: message.envelope.message.position, error)
                }
            case .event: if let event = decoded.next() { add(event, to: &stride) }
            }
        }
        return stride
    }

    private func add(_ envelope: MessageEnvelope, text: MessageText?, to stride: inout FoldedStride) {
        if hasTallies { stride.messages.append(envelope.message) }
        for lane in lanes.indices { stride.stretches[lane]?.add(envelope, text: text) }
    }

    /// The fold that wanted a text cannot have it.
    private func stuck(at position: Position, _ error: ProjectionError) -> RebuildFailure {
        let reading = lanes.joined().first { (type(of: $0) as? any StretchProjection.Type)?.messagePart == .text }
        return .stuck(reading.map { type(of: $0).name } ?? "", position, error)
    }

    private func add(_ event: DecodedEvent, to stride: inout FoldedStride) {
        var tallied: SentMessage?
        for (number, lane) in lanes.enumerated() {
            var changes = RowChanges()
            var awaited = AwaitedMessages.none
            for projection in lane where type(of: projection).eventTypes.contains(event.type) {
                do throws(ProjectionError) {
                    let projected = try event.result.get()
                    if stride.stretches[number] != nil {
                        try stride.stretches[number]?.add(projected)
                        continue
                    }
                    if let kind = type(of: projection) as? any TallyingProjection.Type {
                        if case .messageSent(let sent) = projected.event {
                            tallied = SentMessage(
                                conversation: sent.conversation, sender: sent.from, seq: projected.version,
                                position: projected.position)
                            continue
                        }
                        awaited = kind.awaited(by: projected.event)
                    }
                    try projection.apply(projected, into: &changes)
                } catch {
                    stride.failure = .stuck(type(of: projection).name, event.position, error)
                    return
                }
            }
            guard !changes.operations.isEmpty else { continue }
            stride.lanes[number].append(
                FoldedStride.Change(after: stride.messages.count, changes: changes, awaited: awaited))
        }
        if let tallied { stride.messages.append(tallied) }
    }
}
