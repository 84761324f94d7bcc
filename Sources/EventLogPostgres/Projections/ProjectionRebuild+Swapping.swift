import ChatApplication
import ChatDomain
import ChatProjections
import PostgresClient

extension ProjectionRebuild {
    /// Folds page by page into the stored sets until little is left for any of them, or they no longer come closer.
    func catchUp(_ sets: inout [BuiltSet], _ builder: SetBuilder) async throws {
        let pace = Pace(eventsPerSecond: throttle)
        for _ in 0..<Self.rounds {
            let head = try await means.log.head()
            let behind = sets.indices.filter { head.value - sets[$0].position.value > Int64(Self.rest) }
            guard !behind.isEmpty else { return }
            for index in behind {
                while sets[index].position < head {
                    try Task.checkCancellation()
                    let set = sets[index]
                    let next = try await means.connection.transaction { transaction in
                        try await advance(set, upTo: head, builder, transaction)
                    }
                    sets[index].position = next.position
                    progress(Int(next.position.value), Int(head.value))
                    try await pace.wait(next.events)
                }
            }
        }
    }

    /// Folds the next page into a stored set.
    private func advance(
        _ set: BuiltSet, upTo: Position, _ builder: SetBuilder, _ transaction: PostgresTransaction
    ) async throws -> (position: Position, events: Int) {
        let events = try await means.log.read(after: set.position, upTo: upTo, limit: Self.page)
        guard let page = try await builder.page(set.kind.name, set: set.number, events) else {
            return (set.position, 0)
        }
        try await checkpoint(set, to: page.through, transaction)
        for statement in page.statements { try await transaction.run(statement) }
        return (page.through, events.count)
    }

    /// Turns pointers and views, in one transaction, at the live sets' positions or beyond.
    func swap(_ sets: [BuiltSet], _ builder: SetBuilder) async throws -> Position {
        try await means.connection.transaction { transaction in
            try await ProjectionMigration.lockViews(transaction)
            _ = try await transaction.query("set local lock_timeout = '10s'")
            let live = try await lockLive(sets, transaction)
            var swappedAt = Position.start
            for set in sets.sorted(by: { $0.kind.name < $1.kind.name }) {
                var set = set
                let target = live[set.kind.name]?.position ?? .start
                while set.position < target {
                    let next = try await advance(set, upTo: target, builder, transaction)
                    guard next.position > set.position else { throw RebuildFailure.moved(set.kind.name) }
                    set.position = next.position
                }
                try await flip(set, transaction)
                swappedAt = max(swappedAt, set.position)
            }
            // Another version may have other columns: the views that read them were dropped with the old ones.
            if sets.contains(where: { live[$0.kind.name]?.version != $0.kind.version }) {
                for statement in ProjectionSchema.derivedViews() { _ = try await transaction.query(statement) }
            }
            return swappedAt
        }
    }

    /// Locks the live checkpoints in the order of their names, as a runner does; it then waits for the swap.
    private func lockLive(
        _ sets: [BuiltSet], _ session: some PostgresSession
    ) async throws -> [String: (position: Position, version: Int)] {
        let result = try await session.query(
            """
            select projection, position, version from chat_read.projections \
            where live and projection = any ($1) order by projection for update
            """, [.textArray(sets.map { $0.kind.name })])
        var live: [String: (position: Position, version: Int)] = [:]
        for row in 0..<result.rowCount {
            if let name = result.text(row, 0) {
                live[name] = (Position(result.int(row, 1) ?? 0), Int(result.int(row, 2) ?? 0))
            }
        }
        return live
    }

    private func flip(_ set: BuiltSet, _ session: some PostgresSession) async throws {
        _ = try await session.query(
            """
            update chat_read.projections set live = false, state = 'retired', updated_at = clock_timestamp() \
            where projection = $1 and live
            """, [.text(set.kind.name)])
        _ = try await session.query(
            """
            update chat_read.projections set live = true, state = 'running', updated_at = clock_timestamp() \
            where projection = $1 and set_number = $2
            """, [.text(set.kind.name), .int8(Int64(set.number))])
        for statement in ProjectionSchema.pointViews(set.kind, set: set.number) {
            _ = try await session.query(statement)
        }
    }
}
