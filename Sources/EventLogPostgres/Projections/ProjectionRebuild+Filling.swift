import ChatApplication
import ChatDomain
import ChatProjections
import PostgresClient

extension ProjectionRebuild {
    /// Folds the log in memory up to its present head, and copies the rows of those sets that are not filled. Rows take
    /// about so many bytes of memory.
    func fill(_ sets: inout [BuiltSet], memory: Int = LogLimits.foldedBytes) async throws {
        let indexes = sets.indices.filter { !sets[$0].isFilled }
        let empty = indexes.map { sets[$0] }
        guard !empty.isEmpty else { return }
        let builder = SetBuilder(
            empty.map { $0.kind }, environment: means.environment, keys: means.keys, memory: memory)
        let head = try await means.log.head()
        try await builder.fold(
            means.log, upTo: head, pace: pace, stride: SetBuilder.stride(throttle: pace.eventsPerSecond),
            progress: { progress(Int($0.value), Int(head.value)) }, store: { try await store(empty, builder) })
        for index in indexes {
            try await copy(sets[index], at: builder.position, builder)
            sets[index].position = builder.position
            sets[index].isFilled = true
        }
    }

    /// Puts the rows of tables that grow with messages into their sets, ahead of the rest.
    private func store(_ sets: [BuiltSet], _ builder: SetBuilder) async throws {
        for set in sets {
            for table in set.kind.tables where table.growsWithMessages {
                try await change { transaction in
                    try await builder.copy(table, set: set.number, isLast: false, through: transaction)
                }
            }
        }
    }

    /// Rows, keys, indexes and checkpoint in one transaction; nothing is given to readers that does not hold as many
    /// rows as were folded. After a crash the set is there as a whole, or made anew.
    private func copy(_ set: BuiltSet, at position: Position, _ builder: SetBuilder) async throws {
        try await change { transaction in
            _ = try await transaction.query("set local maintenance_work_mem = '\(LogLimits.indexMemory)'")
            _ = try await transaction.query(
                "set local max_parallel_maintenance_workers = \(LogLimits.indexWorkers)")
            for table in set.kind.tables { try await builder.copy(table, set: set.number, through: transaction) }
            for statement in ProjectionSchema.createIndexes(set.kind, set: set.number) {
                _ = try await transaction.query(statement)
            }
            for table in set.kind.tables {
                _ = try await transaction.query("analyze \(table.qualified(set.number))")
                let found = try await Self.rows(of: table, set.number, transaction)
                let folded = builder.storedRows(table)
                guard found == folded else {
                    throw RebuildFailure.incomplete(table.name, folded: folded, stored: found)
                }
            }
            try await checkpoint(set, to: position, becoming: .catchingUp, transaction)
        }
    }
}
