import ChatDomain
import ChatProjections
import ChatTestKit
import PostgresClient
import Synchronization
import Telemetry
import Testing

@testable import EventLogPostgres

/// Nodes of two programs over one database: the newer one says in a further column where it saw each type last.
@Suite struct ProjectionRolloutTests {
    private static let older: [any Projection.Type] = ProjectionCatalog.all + [FirstTally.self]
    private static let newer: [any Projection.Type] = ProjectionCatalog.all + [SecondTally.self]

    private func withTally(_ body: (ReadTableFixture, inout RandomHistory) async throws -> Void) async throws {
        try await ReadTableFixture.with { fixture in
            try await fixture.pool.transaction { try await ProjectionMigration.createFirstSet(FirstTally.self, $0) }
            var history = RandomHistory(seed: 41)
            try await fixture.append(history.next(2_000))
            try await body(fixture, &history)
        }
    }

    private func counted(_ fixture: ReadTableFixture) async throws -> Int64? {
        try await fixture.number("select coalesce(sum(events), 0)::bigint from chat_read.tallied")
    }

    @Test func aNewerVersionIsBuiltBesideWhileOlderNodesRunTheLiveOne() async throws {
        try await withTally { fixture, history in
            let complaints = Mutex<[String]>([])
            let logger = Logger(
                level: .warning,
                output: LogOutput { line in complaints.withLock { $0.append(String(decoding: line, as: UTF8.self)) } })
            let old = fixture.runner("old", projections: Self.older, logger: logger)
            let new = fixture.runner("new", projections: Self.newer)
            let rollout = fixture.rollout("new", Self.newer)
            var tasks = [Task { await old.run() }]
            try await fixture.settle()
            // The newer program comes to the schema first, and does not touch what the older one reads.
            try await fixture.pool.withConnection { try await ProjectionMigration.migrate($0, catalog: Self.newer) }
            #expect(try await fixture.number("select (to_regclass('chat_read.tallies') is null)::int") == 1)
            // As long as somebody reads the view there is no swap, and so time to look.
            let reader = try await fixture.connect()
            _ = try await reader.query("begin")
            _ = try await reader.query("select count(*) from chat_read.tallied")
            tasks += [Task { await new.run() }, Task { await rollout.run() }]
            let beside =
                "select count(*) from chat_read.projections where projection = 'tally' and not live and position"
            try await fixture.wait { try await fixture.number(beside + " > 0") == 1 }
            try await fixture.append(history.next(50))
            try await fixture.settle()
            #expect(try await fixture.sets()["tally"]?.version == 1)
            let head = try await fixture.log.head()
            #expect(try await counted(fixture) == head.value)
            _ = try await reader.query("commit")
            await reader.close()

            let swapped = try await fixture.sets { $0["tally"]?.version == 2 }
            #expect(swapped["tally"]?.version == 2)
            try await fixture.append(history.next(50))
            try await fixture.settle()
            // What the older program asks for is there still, and each event was counted once.
            try await fixture.wait {
                let head = try await fixture.log.head()
                return try await counted(fixture) == head.value
            }
            #expect(try await fixture.number("select count(*) from chat_read.tallies where last_position = 0") == 0)
            try await fixture.wait { try await fixture.types(in: .replay) == ["ReplayStarted", "ReplaySwapped"] }
            #expect(complaints.withLock { $0 } == [])
            for task in tasks { task.cancel() }
            for task in tasks { await task.value }
        }
    }

    @Test func anOlderNodeAloneLeavesNewerTablesAndRunsTheRest() async throws {
        try await withTally { fixture, history in
            let rollout = fixture.rollout("new", Self.newer)
            let rolling = Task { await rollout.run() }
            try await fixture.sets { $0["tally"]?.version == 2 }
            rolling.cancel()
            await rolling.value
            let before = try await fixture.sets()["tally"]
            let old = fixture.runner("old", projections: Self.older)
            let running = Task { await old.run() }
            try await fixture.append(history.next(50))
            let head = try await fixture.log.head()
            try await fixture.sets { sets in
                sets.values.filter { $0.position >= head }.count == ProjectionCatalog.all.count
            }
            #expect(try await fixture.sets()["tally"] == before)
            await #expect(throws: RebuildFailure.self) {
                let connection = try await fixture.connect()
                let rebuild = ProjectionRebuild(fixture.means(connection), catalog: Self.older)
                _ = try await rebuild.exclusively { try await rebuild.run([FirstTally.self]) }
            }
            let new = fixture.runner("new", projections: Self.newer)
            let taking = Task { await new.run() }
            try await fixture.settle()
            running.cancel()
            taking.cancel()
            await running.value
            await taking.value
        }
    }

    @Test func aRollOutThatWasInterruptedGoesOnWhereItWas() async throws {
        try await withTally { fixture, _ in
            var slow = ProjectionRollout.Limits()
            slow.eventsPerSecond = 100
            slow.leaseMilliseconds = 300
            let first = fixture.rollout("new1", Self.newer, slow)
            let began = Task { await first.run() }
            let position =
                "select coalesce(max(position), 0) from chat_read.projections where projection = 'tally' and not live"
            try await fixture.wait { try await fixture.number(position) ?? 0 > 0 }
            began.cancel()
            await began.value
            let reached = try await fixture.number(position) ?? 0
            #expect(reached > 0 && reached < 2_000)
            _ = try await fixture.pool.withConnection {
                try await $0.query("comment on table chat_read.tallied_2 is 'begun before'")
            }
            let second = fixture.rollout("new2", Self.newer)
            let goesOn = Task { await second.run() }
            try await fixture.sets { $0["tally"]?.version == 2 }
            goesOn.cancel()
            await goesOn.value
            #expect(
                try await fixture.number(
                    "select (obj_description('chat_read.tallied_2'::regclass) = 'begun before')::int") == 1)
            #expect(try await counted(fixture) ?? 0 >= 2_000)
            try await fixture.wait { try await fixture.types(in: .replay) == ["ReplayStarted", "ReplaySwapped"] }
        }
    }

    @Test func aRollOutWaitsWhileARebuildHoldsTheLock() async throws {
        try await withTally { fixture, _ in
            let connection = try await fixture.connect()
            let rollout = fixture.rollout("new", Self.newer)
            let rolling = try await ReplayLock.holding(connection) {
                let rolling = Task { await rollout.run() }
                // Many times over what it takes to try.
                for _ in 0..<20 {
                    #expect(
                        try await fixture.number(
                            "select count(*) from chat_read.projections where projection = 'tally'") == 1)
                    try await Task.sleep(for: .milliseconds(20))
                }
                return rolling
            }
            try await fixture.sets { $0["tally"]?.version == 2 }
            rolling.cancel()
            await rolling.value
            await connection.close()
        }
    }
}

/// Counts every event by its type.
private struct FirstTally: Projection {
    static let tallied = TableSpec("tallied", key: ["type"], [.init("type", .name), .init("events", .bigint)])
    static let name = "tally"
    static let version = 1
    static let tables = [tallied]
    static let views: [ViewSpec] = []
    static let eventTypes = Set(EventType.allCases)
    init(environment: ProjectionEnvironment) {}
    func apply(_ event: ProjectedEvent, into changes: inout RowChanges) throws(ProjectionError) {
        let type = ColumnValue.text(event.event.type.rawValue)
        changes.insert(Self.tallied, ["type": type, "events": .integer(0)])
        changes.update(Self.tallied, key: [type], ["events": .add(1)])
    }
}

/// The same, and where each type was seen last.
private struct SecondTally: Projection {
    static let tallied = TableSpec(
        "tallied", key: ["type"], [.init("type", .name), .init("events", .bigint), .init("last_position", .bigint)])
    static let name = "tally"
    static let version = 2
    static let tables = [tallied]
    static let views = [ViewSpec(.chatRead, "tallies", "select type, last_position from chat_read.tallied")]
    static let eventTypes = Set(EventType.allCases)
    init(environment: ProjectionEnvironment) {}
    func apply(_ event: ProjectedEvent, into changes: inout RowChanges) throws(ProjectionError) {
        let type = ColumnValue.text(event.event.type.rawValue)
        changes.insert(Self.tallied, ["type": type, "events": .integer(0), "last_position": .integer(0)])
        changes.update(
            Self.tallied, key: [type],
            ["events": .add(1), "last_position": .set(.integer(event.position.value))])
    }
}
