import ChatApplication
import ChatDomain
import ChatProjections
import PostgresClient

extension ProjectionRebuild {
    /// Folds the log in memory up to its present head, in one reading, and copies the rows of those sets that are not
    /// filled: one set for each worker at a time. Rows take about so many bytes of memory.
    func fill(
        _ sets: inout [BuiltSet], memory: Int = LogLimits.foldedBytes, workers: [ProjectionRebuild]? = nil
    ) async throws {
        let indexes = sets.indices.filter { !sets[$0].isFilled }
        let empty = indexes.map { sets[$0] }
        guard !empty.isEmpty else { return }
        let builder = SetBuilder(
            empty.map { $0.kind }, environment: means.environment, keys: means.keys, memory: memory)
        let head = try await means.log.head()
        let store = RowStore(self, empty, builder)
        try await store.running {
            try await builder.fold(
                means.log, upTo: head, pace: pace, stride: SetBuilder.stride(throttle: pace.eventsPerSecond),
                progress: { progress(Int($0.value), Int(head.value)) }, store: { try await store.begin() })
        }
        let position = builder.position
        // The largest first, so that no worker is left with it alone.
        let folded = empty.map { builder.folded($0) }.sorted { $0.weight > $1.weight }
        try await Self.share(folded, among: workers ?? [self]) { try await $0.copy($1, at: position) }
        for index in indexes {
            sets[index].position = position
            sets[index].isFilled = true
        }
    }

    /// Does the work for each of the items, one at a time for each worker.
    static func share<Item: Sendable>(
        _ items: [Item], among workers: [ProjectionRebuild],
        _ work: @escaping @Sendable (ProjectionRebuild, Item) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: ProjectionRebuild.self) { group in
            var rest = items.makeIterator()
            func begin(_ worker: ProjectionRebuild) {
                guard let item = rest.next() else { return }
                // Not on the loop, which has the connections of all of them.
                group.addTask(executorPreference: globalConcurrentExecutor) {
                    try await work(worker, item)
                    return worker
                }
            }
            for worker in workers { begin(worker) }
            while let free = try await group.next() { begin(free) }
        }
    }

    /// Rows, keys, indexes and checkpoint in one transaction; nothing is given to readers that does not hold as many
    /// rows as were folded. After a crash the set is there as a whole, or made anew.
    private func copy(_ folded: FoldedSet, at position: Position) async throws {
        let set = folded.set
        let tables = folded.tables.map { ($0, $0.ordered) }
        try await change { transaction in
            _ = try await transaction.query("set local maintenance_work_mem = '\(LogLimits.indexMemory)'")
            _ = try await transaction.query(
                "set local max_parallel_maintenance_workers = \(LogLimits.indexWorkers)")
            var rows: [Int] = []
            for ((table, ordered), stored) in zip(tables, folded.stored) {
                rows.append(stored + (try await table.copy(ordered, set: set.number, through: transaction)))
            }
            for statement in ProjectionSchema.createIndexes(set.kind, set: set.number) {
                _ = try await transaction.query(statement)
            }
            for (table, folded) in zip(set.kind.tables, rows) {
                _ = try await transaction.query("analyze \(table.qualified(set.number))")
                let found = try await Self.rows(of: table, set.number, transaction)
                guard found == folded else {
                    throw RebuildFailure.incomplete(table.name, folded: folded, stored: found)
                }
            }
            try await checkpoint(set, to: position, becoming: .catchingUp, transaction)
        }
    }
}
