import ChatProjections
import Synchronization

/// The tables in memory of projections that share nothing with others, so that several lanes are folded at the same
/// time. What each takes of a stride, it takes in the log's order.
final class FoldLane: Sendable {
    private struct State: Sendable {
        var tables: InMemoryTables
        var tallies = MessageTallies()
        /// What strides came to for rows that more is added to.
        var stretch: (any LogStretch)?
    }

    /// The projection of the lane, if it takes tallies.
    private let tallying: (any TallyingProjection)?
    /// Nothing yet, if the projection of the lane takes stretches.
    private let noStretch: (any LogStretch)?
    /// Held by one at a time in any case: whoever folds waits for all lanes.
    private let state: Mutex<State>

    init(_ projections: [any Projection]) {
        tallying = projections.lazy.compactMap { $0 as? any TallyingProjection }.first
        precondition(tallying == nil || projections.count == 1, "tallies are of one projection")
        noStretch = (projections[0] as? any StretchProjection)?.stretch()
        state = Mutex(
            State(tables: InMemoryTables(projections.flatMap { type(of: $0).tables }), stretch: noStretch))
    }

    /// Applies what a stride has for this lane.
    func apply(_ messages: [SentMessage], _ changes: [FoldedStride.Change], _ stretch: (any LogStretch)?) {
        state.withLock { state in
            if let stretch { Self.apply(stretch, &state) }
            var next = 0
            for change in changes {
                add(messages[next..<change.after], to: &state)
                next = change.after
                fold(change.awaited, &state)
                state.tables.apply(change.changes)
            }
            add(messages[next...], to: &state)
        }
    }

    private static func apply<Stretch: LogStretch>(_ later: Stretch, _ state: inout State) {
        guard var stretch = state.stretch as? Stretch else { return state.tables.apply(later.changes()) }
        // In place: nobody else has it meanwhile.
        state.stretch = nil
        state.tables.apply(stretch.goOn(with: later))
        state.stretch = stretch
    }

    /// Applies the messages that were gathered, and what was kept of stretches.
    func finish() {
        state.withLock { state in
            fold(.all, &state)
            guard let stretch = state.stretch else { return }
            state.tables.apply(stretch.changes())
            state.stretch = noStretch
        }
    }

    private func add(_ messages: ArraySlice<SentMessage>, to state: inout State) {
        guard tallying != nil else { return }
        for message in messages { if let before = state.tallies.add(message) { fold(before, &state.tables) } }
    }

    private func fold(_ awaited: AwaitedMessages, _ state: inout State) {
        switch awaited {
        case .none: return
        case .of(let conversations):
            for conversation in conversations {
                if let tally = state.tallies.take(conversation) { fold(tally, &state.tables) }
            }
        case .with(let user): state.tallies.take(with: user) { fold($0, &state.tables) }
        case .all: state.tallies.takeAll { fold($0, &state.tables) }
        }
    }

    private func fold(_ tally: MessageTally, _ tables: inout InMemoryTables) {
        var changes = RowChanges()
        tallying?.apply(tally, into: &changes)
        tables.apply(changes)
    }

    /// About how many bytes the tables take that grow with messages.
    var weight: Int { state.withLock { $0.tables.weight } }

    /// The rows of a table that stand in memory.
    func rows(_ table: TableSpec) -> [RowKey: [ColumnValue]] { state.withLock { $0.tables.rows(table) } }

    /// What is to be put into a set. Rows of tables that grow with messages are forgotten; what is done to them later
    /// is carried out before more rows follow.
    func take(_ table: TableSpec, isLast: Bool) -> FoldedTable {
        state.withLock { state in
            guard table.growsWithMessages else { return FoldedTable(spec: table, rows: state.tables.rows(table)) }
            let late = isLast || state.tables.isLate(table) ? state.tables.takeLateSteps(table) : []
            return FoldedTable(spec: table, late: late, rows: state.tables.takeRows(table, isLast: isLast))
        }
    }
}
