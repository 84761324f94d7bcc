import ChatApplication
import ChatDomain
import ChatProjections

/// What a stride of the log comes to before it meets any table.
struct FoldedStride: Sendable {
    /// One step of it.
    enum Step: Sendable {
        /// A message for those that take tallies.
        case message(SentMessage)
        /// What an event does to the tables of all, once these messages are folded.
        case changes(RowChanges, awaited: AwaitedMessages)
    }

    var steps: [Step] = []
    /// The stride's last position.
    let end: Position
    /// Why the fold ends here.
    var failure: RebuildFailure?
}

/// Reads strides of the log and folds them, each by itself: folds read no tables, so any number may run at a time.
struct StrideFold: Sendable {
    let projections: [any Projection]
    let selection: LogSelection
    private let opened: Set<EventType>
    private let keys: any SealingKeyStore

    init(_ kinds: [any Projection.Type], environment: ProjectionEnvironment, keys: any SealingKeyStore) {
        projections = kinds.map { $0.init(environment: environment) }
        selection = LogSelection(kinds)
        opened = kinds.reduce(into: []) { $0.formUnion($1.openedTypes) }
        self.keys = keys
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
        var stride = FoldedStride(end: end)
        stride.steps.reserveCapacity(entries.count)
        let events: [RecordedEvent] = entries.compactMap { if case .event(let event) = $0 { event } else { nil } }
        // A ring of its own for each stride, so that no two meet in one.
        var decoded = try await EventDecoding(keys: keys).decode(events, types: selection.types, opened: opened)
            .makeIterator()
        for entry in entries {
            switch entry {
            case .message(let message): stride.steps.append(.message(message))
            case .event:
                guard let event = decoded.next() else { continue }
                add(event, to: &stride)
                if stride.failure != nil { return stride }
            }
        }
        return stride
    }

    private func add(_ event: DecodedEvent, to stride: inout FoldedStride) {
        var changes = RowChanges()
        var awaited = AwaitedMessages.none
        var tallied: SentMessage?
        for projection in projections where type(of: projection).eventTypes.contains(event.type) {
            do throws(ProjectionError) {
                let projected = try event.result.get()
                if let kind = type(of: projection) as? any TallyingProjection.Type {
                    if case .messageSent(let sent) = projected.event {
                        tallied = SentMessage(
                            conversation: sent.conversation, sender: sent.from, seq: projected.version,
                            position: projected.position)
                        continue
                    }
                    awaited = awaited.union(kind.awaited(by: projected.event))
                }
                try projection.apply(projected, into: &changes)
            } catch {
                stride.failure = .stuck(type(of: projection).name, event.position, error)
                return
            }
        }
        if let tallied { stride.steps.append(.message(tallied)) }
        if !changes.operations.isEmpty { stride.steps.append(.changes(changes, awaited: awaited)) }
    }
}
