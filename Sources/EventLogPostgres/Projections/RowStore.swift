import ChatProjections
import PostgresClient

/// Puts the rows of tables that grow with messages into their sets while the fold goes on: on two processors PostgreSQL
/// takes them on one. The rows of one time are stored before those of the next one are taken out of memory.
final class RowStore {
    private typealias Part = (table: TableSpec, rows: Int)

    private let rebuild: ProjectionRebuild
    private let sets: [BuiltSet]
    private let builder: SetBuilder
    private var pending: Task<[Part], any Error>?

    init(_ rebuild: ProjectionRebuild, _ sets: [BuiltSet], _ builder: SetBuilder) {
        self.rebuild = rebuild
        self.sets = sets
        self.builder = builder
    }

    /// Runs a fold that calls `begin`; when it ends, also by an error, nothing is being stored any more.
    func running(_ fold: () async throws -> Void) async throws {
        do {
            try await fold()
            try await settle()
        } catch {
            pending?.cancel()
            try? await settle()
            throw error
        }
    }

    /// Waits for the rows before, and begins with those that are in memory now.
    func begin() async throws {
        try await settle()
        let parts = sets.flatMap { set in
            set.kind.tables.filter(\.growsWithMessages).map { (builder.takeRows($0), set.number) }
        }
        // Not on the loop, which has the connections: to sort and to encode takes longer than to send.
        pending = Task(executorPreference: globalConcurrentExecutor) { [rebuild] in
            var stored: [Part] = []
            for (folded, set) in parts {
                let ordered = folded.ordered
                let rows = try await rebuild.change { transaction in
                    try await folded.copy(ordered, set: set, through: transaction)
                }
                stored.append((folded.spec, rows))
            }
            return stored
        }
    }

    private func settle() async throws {
        guard let task = pending else { return }
        pending = nil
        for part in try await task.value { builder.noteStored(part.table, part.rows) }
    }
}
