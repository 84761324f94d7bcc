import ChatDomain
import ChatProjections
import PostgresClient

extension ProjectionRebuild {
    /// Takes up what a rebuild before left filled, removes what else it left, and makes the sets that are missing.
    func prepare(_ kinds: [any Projection.Type]) async throws -> [BuiltSet] {
        var sets: [BuiltSet] = []
        for entry in try await currentPlan(kinds).entries {
            for number in entry.leftovers { try await drop(entry.kind, number) }
            if !entry.isTakenUp { try await create(entry.kind, entry.number) }
            sets.append(
                BuiltSet(
                    kind: entry.kind, number: entry.number, position: entry.from, isFilled: entry.isTakenUp))
        }
        return sets
    }

    private func create(_ kind: any Projection.Type, _ number: Int) async throws {
        try await change { transaction in
            for statement in ProjectionSchema.createTables(kind, set: number) {
                _ = try await transaction.query(statement)
            }
            try await SetPointer.add(transaction, kind, number, .filling)
        }
    }

    func drop(_ kind: any Projection.Type, _ number: Int) async throws {
        try await change { transaction in
            for statement in ProjectionSchema.dropTables(kind, set: number) {
                _ = try await transaction.query(statement)
            }
            try await SetPointer.remove(transaction, kind, number)
        }
    }

    /// Removes what was begun and not filled; what stays after a failure here the next rebuild removes.
    func abandon(_ sets: [BuiltSet]) async {
        let present = try? await SetPointer.load(means.connection, liveOnly: false)
        for set in sets {
            let isFilling = present?.contains {
                $0.projection == set.kind.name && $0.number == set.number && $0.state == .filling
            }
            if isFilling == true { try? await drop(set.kind, set.number) }
        }
    }

    /// Removes every set but the new ones and those that were live before them. One that somebody reads is left to the
    /// next run.
    func dropAllBut(_ taken: Takeover) async {
        guard let present = try? await SetPointer.load(means.connection, liveOnly: false) else { return }
        _ = try? await means.connection.query("set lock_timeout = '1s'")
        for set in taken.projections {
            guard let kind = catalog.first(where: { $0.name == set.projection }) else { continue }
            let others = present.filter { $0.projection == set.projection && !$0.isLive && $0.number != set.before }
            for other in others { try? await drop(kind, other.number) }
        }
        _ = try? await means.connection.query("reset lock_timeout")
    }

    /// Moves the checkpoint of a set that is not live, in the transaction that moves its rows.
    func checkpoint(
        _ set: BuiltSet, to position: Position, becoming state: ProjectionSet.State? = nil,
        _ session: some PostgresSession
    ) async throws {
        let result = try await session.query(
            """
            update chat_read.projections set position = $4, \
                state = coalesce($5, case state when 'stuck' then 'catching-up' else state end), \
                error = null, error_position = null, updated_at = clock_timestamp() \
            where projection = $1 and set_number = $2 and not live and position = $3
            """,
            [
                .text(set.kind.name), .int8(Int64(set.number)), .int8(set.position.value), .int8(position.value),
                state.map { .text($0.rawValue) } ?? .null,
            ])
        guard result.affectedRows == 1 else { throw RebuildFailure.moved(set.kind.name) }
    }
}
