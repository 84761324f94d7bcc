import ChatApplication
import ChatDomain
import ChatProjections
import PostgresClient

extension ProjectionRebuild {
    /// Whoever asks for a view waits behind the swap while the swap waits for the view; so it gives up soon, lets them
    /// pass, and tries again.
    private static let viewPatience = "30ms"
    /// The runner holds its checkpoints for a page; that the swap waits for it holds up nobody.
    private static let runnerPatience = "5s"
    /// The longest time in which a swap is tried again.
    private static let patience: Duration = .seconds(60)

    /// Brings the sets to the live ones' positions, counts their rows, and turns pointers and views in one transaction.
    func takeOver(_ built: [BuiltSet]) async throws -> Takeover {
        var sets = built
        let folder = folder(for: sets)
        try await catchUp(&sets, folder)
        try await awaitLive(sets)
        var counts: [String: [Takeover.RowCount]] = [:]
        for index in sets.indices {
            var set = sets[index]
            counts[set.kind.name] = try await count(&set, folder)
            sets[index] = set
        }
        let deadline = ContinuousClock.now + Self.patience
        var attempts = 0
        while true {
            try await catchUp(&sets, folder)
            attempts += 1
            do {
                var taken = try await swap(sets, folder)
                taken.attempts = attempts
                for index in taken.projections.indices {
                    taken.projections[index].tables = counts[taken.projections[index].projection] ?? []
                }
                return taken
            } catch let error as PostgresError where error.isLockTimeout {
                guard ContinuousClock.now < deadline else { throw RebuildFailure.held(try? await holder(sets)) }
                try await Task.sleep(for: .milliseconds(min(20 * attempts, 500)))
            }
        }
    }

    /// Turns pointers and views, in one transaction, at the live sets' positions or beyond.
    private func swap(_ sets: [BuiltSet], _ folder: PageFolder) async throws -> Takeover {
        var began = ContinuousClock.now
        let entries = try await change { transaction in
            try await ProjectionMigration.lockViews(transaction)
            _ = try await transaction.query("set local lock_timeout = '\(Self.runnerPatience)'")
            let live = try await lockLive(sets, transaction)
            began = ContinuousClock.now
            _ = try await transaction.query("set local lock_timeout = '\(Self.viewPatience)'")
            let targets = try sets.map { set in
                guard let live = live[set.kind.name] else { throw RebuildFailure.missing(set.kind.name) }
                return live.position
            }
            let sets = try await advanced(sets, to: targets, folder, transaction)
            var entries: [Takeover.Entry] = []
            for set in sets.sorted(by: { $0.kind.name < $1.kind.name }) {
                guard let live = live[set.kind.name] else { throw RebuildFailure.missing(set.kind.name) }
                try await flip(set, transaction)
                entries.append(
                    Takeover.Entry(
                        projection: set.kind.name, before: live.number, number: set.number, version: set.kind.version,
                        position: set.position, tables: []))
            }
            try await turnViews(sets, live, transaction)
            return entries
        }
        return Takeover(
            position: entries.map(\.position).max() ?? .start, paused: ContinuousClock.now - began, attempts: 1,
            projections: entries)
    }

    /// Locks the live checkpoints in the order of their names, as a runner does; it then waits for the swap.
    private func lockLive(
        _ sets: [BuiltSet], _ session: some PostgresSession
    ) async throws -> [String: ProjectionSet] {
        let result = try await session.query(
            """
            select \(ProjectionSet.columns) from chat_read.projections \
            where live and projection = any ($1) order by projection for update
            """, [.textArray(sets.map { $0.kind.name })])
        var live: [String: ProjectionSet] = [:]
        for row in 0..<result.rowCount {
            if let set = ProjectionSet(result, row) { live[set.projection] = set }
        }
        return live
    }

    private func flip(_ set: BuiltSet, _ session: some PostgresSession) async throws {
        _ = try await session.query(
            """
            update chat_read.projections set live = false, state = 'retired', rate = 0, updated_at = clock_timestamp() \
            where projection = $1 and live
            """, [.text(set.kind.name)])
        let turned = try await session.query(
            """
            update chat_read.projections set live = true, state = 'running', error = null, error_position = null, \
                updated_at = clock_timestamp() \
            where projection = $1 and set_number = $2 and position = $3
            """, [.text(set.kind.name), .int8(Int64(set.number)), .int8(set.position.value)])
        guard turned.affectedRows == 1 else { throw RebuildFailure.moved(set.kind.name) }
    }

    /// In one script: readers wait from its first view on.
    private func turnViews(
        _ sets: [BuiltSet], _ live: [String: ProjectionSet], _ transaction: PostgresTransaction
    ) async throws {
        var statements = sets.flatMap { ProjectionSchema.pointViews($0.kind, set: $0.number) }
        // Another version may have other columns: the views that read them were dropped with the old ones.
        if sets.contains(where: { live[$0.kind.name]?.version != $0.kind.version }) {
            statements += ProjectionSchema.derivedViews(catalog)
        }
        let newer = sets.map { $0.kind }.filter { live[$0.name]?.version != $0.version }
        if !newer.isEmpty { try await Lease.free(newer.map { $0.name }, transaction) }
        try await transaction.execute(script: statements.joined(separator: ";\n"))
    }

    /// Who holds views of these sets open, for the operator.
    private func holder(_ sets: [BuiltSet]) async throws -> String? {
        let views = sets.flatMap { $0.kind.tables.map { "chat_read.\"\($0.name)\"" } }
        let result = try await means.connection.query(
            """
            select format('%s, process %s of the database, since %s', \
                coalesce(nullif(a.application_name, ''), 'unnamed'), a.pid, \
                to_char(a.xact_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) \
            from pg_stat_activity a where a.pid <> pg_backend_pid() and a.pid in ( \
                select l.pid from pg_locks l where l.granted and l.relation = any ($1::regclass[])) \
            order by a.xact_start limit 1
            """, [.textArray(views)])
        return result.rowCount == 1 ? result.text(0, 0) : nil
    }
}

extension PostgresError {
    /// Somebody else had a lock for too long, or each of two waited for the other.
    var isLockTimeout: Bool { sqlState == "55P03" || sqlState == "40P01" }
}
