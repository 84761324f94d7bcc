import ChatApplication
import ChatDomain
import ChatProjections
import PostgresClient

extension ProjectionRebuild {
    /// Takes up what a rebuild before left filled, and removes what else is not live.
    func prepare(_ kinds: [any Projection.Type]) async throws -> [BuiltSet] {
        let present = try await SetPointer.load(means.connection, liveOnly: false)
        var sets: [BuiltSet] = []
        for kind in kinds {
            let own = present.filter { $0.projection == kind.name }
            guard let live = own.first(where: \.isLive) else { throw RebuildFailure.missing(kind.name) }
            let filled = own.first {
                !$0.isLive && $0.state == .catchingUp && $0.version == kind.version && $0.number > live.number
            }
            for set in own where !set.isLive && set.number != filled?.number { try await drop(kind, set.number) }
            if let filled {
                sets.append(BuiltSet(kind: kind, number: filled.number, position: filled.position, isFilled: true))
            } else {
                let number = (own.map(\.number).max() ?? 0) + 1
                try await create(kind, number)
                sets.append(BuiltSet(kind: kind, number: number, position: .start, isFilled: false))
            }
        }
        return sets
    }

    private func create(_ kind: any Projection.Type, _ number: Int) async throws {
        try await means.connection.transaction { transaction in
            for statement in ProjectionSchema.createTables(kind, set: number) {
                _ = try await transaction.query(statement)
            }
            _ = try await transaction.query(
                """
                insert into chat_read.projections (projection, set_number, version, live, state) \
                values ($1, $2, $3, false, 'filling')
                """, [.text(kind.name), .int8(Int64(number)), .int8(Int64(kind.version))])
        }
    }

    private func drop(_ kind: any Projection.Type, _ number: Int) async throws {
        try await means.connection.transaction { transaction in
            for statement in ProjectionSchema.dropTables(kind, set: number) {
                _ = try await transaction.query(statement)
            }
            _ = try await transaction.query(
                "delete from chat_read.projections where projection = $1 and set_number = $2 and not live",
                [.text(kind.name), .int8(Int64(number))])
        }
    }

    /// Removes what was begun; what stays after a failure here the next rebuild removes.
    func abandon(_ sets: [BuiltSet]) async {
        for set in sets where !set.isFilled { try? await drop(set.kind, set.number) }
    }

    /// Folds the log in memory up to its present head, and copies the rows.
    func fill(_ sets: inout [BuiltSet], _ builder: SetBuilder) async throws {
        guard sets.contains(where: { !$0.isFilled }) else { return }
        let head = try await means.log.head()
        let pace = Pace(eventsPerSecond: throttle)
        let empty = sets.filter { !$0.isFilled }
        let stride = SetBuilder.stride(throttle: throttle)
        try await builder.fold(
            means.log, upTo: head, pace: pace, stride: stride,
            progress: { progress(Int($0.value), Int(head.value)) }, store: { try await store(empty, builder) })
        for index in sets.indices where !sets[index].isFilled {
            try await copy(sets[index], at: builder.position, builder)
            sets[index].position = builder.position
            sets[index].isFilled = true
        }
        builder.forgetRows()
    }

    /// Puts the rows of tables that grow with messages into their sets, ahead of the rest.
    private func store(_ sets: [BuiltSet], _ builder: SetBuilder) async throws {
        for set in sets {
            for table in set.kind.tables where table.growsWithMessages {
                try await means.connection.transaction { transaction in
                    try await builder.copy(table, set: set.number, isLast: false, through: transaction)
                }
            }
        }
    }

    /// Rows, keys and indexes; nothing is given to readers that does not hold as many rows as were folded.
    private func copy(_ set: BuiltSet, at position: Position, _ builder: SetBuilder) async throws {
        try await means.connection.transaction { transaction in
            _ = try await transaction.query("set local maintenance_work_mem = '\(LogLimits.indexMemory)'")
            _ = try await transaction.query(
                "set local max_parallel_maintenance_workers = \(LogLimits.indexWorkers)")
            for table in set.kind.tables { try await builder.copy(table, set: set.number, through: transaction) }
            for statement in ProjectionSchema.createIndexes(set.kind, set: set.number) {
                _ = try await transaction.query(statement)
            }
            for table in set.kind.tables {
                _ = try await transaction.query("analyze \(table.qualified(set.number))")
                let found = try await transaction.query("select count(*) from \(table.qualified(set.number))").int(0, 0)
                let folded = builder.storedRows(table)
                guard found == Int64(folded) else {
                    throw RebuildFailure.incomplete(table.name, folded: folded, stored: Int(found ?? 0))
                }
            }
            try await checkpoint(set, to: position, transaction)
        }
    }

    /// Moves the checkpoint of a set that is not live, in the transaction that moves its rows.
    func checkpoint(
        _ set: BuiltSet, to position: Position, _ session: some PostgresSession
    ) async throws {
        let result = try await session.query(
            """
            update chat_read.projections set position = $4, state = 'catching-up', updated_at = clock_timestamp() \
            where projection = $1 and set_number = $2 and not live and position = $3
            """,
            [.text(set.kind.name), .int8(Int64(set.number)), .int8(set.position.value), .int8(position.value)])
        guard result.affectedRows == 1 else { throw RebuildFailure.moved(set.kind.name) }
    }
}

/// Keeps work to a rate.
final class Pace {
    private let eventsPerSecond: Int
    private let start = ContinuousClock.now
    private var events = 0

    /// 0: no limit.
    init(eventsPerSecond: Int) { self.eventsPerSecond = eventsPerSecond }

    /// Waits until so many more events are due.
    func wait(_ count: Int) async throws {
        events += count
        guard eventsPerSecond > 0 else { return }
        try await Task.sleep(until: start + .seconds(Double(events) / Double(eventsPerSecond)), clock: .continuous)
    }
}
