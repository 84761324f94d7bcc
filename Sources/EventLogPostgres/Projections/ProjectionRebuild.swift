public import ChatApplication
public import ChatDomain
public import ChatProjections
import EventCodec
public import PostgresClient

/// Builds read tables anew beside the live ones and swaps them in, while nodes go on serving.
///
/// A new set is folded in memory from position 1, copied, indexed, and brought up to the log's end. Then one
/// transaction locks the live checkpoints, folds what is left up to them, and turns pointers and views. Until then
/// nothing that readers see has changed. A set that was filled before a crash is taken up where it is.
public struct ProjectionRebuild: Sendable {
    /// What a rebuild works with.
    public struct Means: Sendable {
        /// A connection of its own, kept for the whole rebuild: it holds the lock.
        public var connection: PostgresConnection
        /// The log.
        public var log: any EventLog
        /// The keys of what is personal.
        public var keys: any SealingKeyStore
        /// What folds need.
        public var environment: ProjectionEnvironment
        /// The means.
        public init(
            connection: PostgresConnection, log: any EventLog, keys: any SealingKeyStore,
            environment: ProjectionEnvironment
        ) {
            self.connection = connection
            self.log = log
            self.keys = keys
            self.environment = environment
        }
    }

    /// Events in one page.
    static let page = 1_000
    /// Events that may be left to fold while the live checkpoints are locked.
    static let rest = 1_000
    /// How often a rebuild goes after the log's end, which moves on meanwhile, before it swaps all the same.
    static let rounds = 10
    /// The advisory lock that only one rebuild holds.
    private static let lockKey: Int64 = 7_166_192_731_461_542_511

    private let means: Means
    private let throttle: Int
    private let progress: @Sendable (_ done: Int, _ total: Int) -> Void

    /// A rebuild that folds at most `throttle` events a second (0: as fast as it can), and says how far it is.
    public init(
        _ means: Means, throttle: Int = 0,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) {
        self.means = means
        self.throttle = throttle
        self.progress = progress
    }

    /// Refuses if another rebuild runs; else runs the body and lets the next one in.
    public func exclusively<Value>(_ body: () async throws -> Value) async throws -> Value {
        let taken = try await means.connection.query("select pg_try_advisory_lock($1)", [.int8(Self.lockKey)])
        guard taken.bool(0, 0) == true else { throw RebuildFailure.busy }
        do {
            let value = try await body()
            _ = try await means.connection.query("select pg_advisory_unlock($1)", [.int8(Self.lockKey)])
            return value
        } catch {
            _ = try? await means.connection.query("select pg_advisory_unlock($1)", [.int8(Self.lockKey)])
            throw error
        }
    }

    /// Rebuilds these projections in one reading of the log and swaps them together. Returns the position at which
    /// the new sets took over. Call it within `exclusively`.
    public func run(_ kinds: [any Projection.Type]) async throws -> Position {
        let names = kinds.map { $0.name }
        try await announce(.replayStarted(ReplayStarted(projections: names)))
        let builder = SetBuilder(kinds, environment: means.environment, keys: means.keys)
        var sets: [BuiltSet] = []
        do {
            sets = try await prepare(kinds)
            try await fill(&sets, builder)
            try await catchUp(&sets, builder)
            let position = try await swap(sets, builder)
            try await announce(.replaySwapped(ReplaySwapped(projections: names, at: position)))
            return position
        } catch {
            if !(error is CancellationError) { await abandon(sets) }
            throw error
        }
    }

    private func announce(_ event: ChatEvent) async throws {
        let stream = StreamName.replay
        let stored = try EventCodec.encode(event, in: stream, sealer: NothingPersonal(), at: 0)
        let encoded = EncodedEvent(stream: stream, type: stored.type, schema: stored.schema, payload: stored.payload)
        _ = try await means.log.append(
            AppendBatch(origin: nil, commands: [AppendCommand(chain: 0, events: [encoded])]))
    }
}

/// A set that a rebuild makes.
struct BuiltSet {
    let kind: any Projection.Type
    let number: Int
    var position: Position
    /// Whether its tables hold what stands up to `position`.
    var isFilled: Bool
}

/// The events of a rebuild hold nothing personal.
private struct NothingPersonal: Sealer {
    func seal(_ plain: [UInt8], subject: SealSubject, context: [UInt8]) throws -> SealedText {
        throw EventLogError.refused("a rebuild seals nothing")
    }
}

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
    private func abandon(_ sets: [BuiltSet]) async {
        for set in sets where !set.isFilled { try? await drop(set.kind, set.number) }
    }

    /// Folds the log in memory up to its present head, and copies the rows.
    func fill(_ sets: inout [BuiltSet], _ builder: SetBuilder) async throws {
        guard sets.contains(where: { !$0.isFilled }) else { return }
        let head = try await means.log.head()
        let pace = Pace(eventsPerSecond: throttle)
        while builder.position < head {
            try Task.checkCancellation()
            let events = try await means.log.read(after: builder.position, upTo: head, limit: Self.page)
            guard !events.isEmpty else { break }
            try await builder.fold(events)
            progress(Int(builder.position.value), Int(head.value))
            try await pace.wait(events.count)
        }
        for index in sets.indices where !sets[index].isFilled {
            try await copy(sets[index], at: builder.position, builder)
            sets[index].position = builder.position
            sets[index].isFilled = true
        }
        builder.forgetRows()
    }

    private func copy(_ set: BuiltSet, at position: Position, _ builder: SetBuilder) async throws {
        try await means.connection.transaction { transaction in
            for table in set.kind.tables { try await builder.copy(table, set: set.number, through: transaction) }
            for statement in ProjectionSchema.createIndexes(set.kind, set: set.number) {
                _ = try await transaction.query(statement)
            }
            for table in set.kind.tables { _ = try await transaction.query("analyze \(table.qualified(set.number))") }
            try await checkpoint(set, to: position, transaction)
        }
    }

    /// Moves the checkpoint of a set that is not live, in the transaction that moves its rows.
    private func checkpoint(
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

extension ProjectionRebuild {
    /// Folds page by page into the stored sets until little is left for any of them, or they no longer come closer.
    private func catchUp(_ sets: inout [BuiltSet], _ builder: SetBuilder) async throws {
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
    private func swap(_ sets: [BuiltSet], _ builder: SetBuilder) async throws -> Position {
        try await means.connection.transaction { transaction in
            _ = try await transaction.query("set local lock_timeout = '10s'")
            let live = try await lockLive(sets, transaction)
            var swappedAt = Position.start
            for set in sets.sorted(by: { $0.kind.name < $1.kind.name }) {
                var set = set
                let target = live[set.kind.name] ?? .start
                while set.position < target {
                    let next = try await advance(set, upTo: target, builder, transaction)
                    guard next.position > set.position else { throw RebuildFailure.moved(set.kind.name) }
                    set.position = next.position
                }
                try await flip(set, transaction)
                swappedAt = max(swappedAt, set.position)
            }
            for statement in ProjectionSchema.derivedViews() { _ = try await transaction.query(statement) }
            return swappedAt
        }
    }

    /// Locks the live checkpoints in the order of their names, as a runner does; it then waits for the swap.
    private func lockLive(
        _ sets: [BuiltSet], _ session: some PostgresSession
    ) async throws -> [String: Position] {
        let result = try await session.query(
            """
            select projection, position from chat_read.projections \
            where live and projection = any ($1) order by projection for update
            """, [.textArray(sets.map { $0.kind.name })])
        var positions: [String: Position] = [:]
        for row in 0..<result.rowCount {
            if let name = result.text(row, 0) { positions[name] = Position(result.int(row, 1) ?? 0) }
        }
        return positions
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
