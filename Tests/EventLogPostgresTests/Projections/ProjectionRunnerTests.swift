import ChatDomain
import ChatProjections
import ChatTestKit
import PostgresClient
import Synchronization
import Telemetry
import Testing

@testable import EventLogPostgres

@Suite struct ProjectionRunnerTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func theRunnerLeavesTheTablesThatAFoldFromScratchGives(seed: UInt64) async throws {
        try await ReadTableFixture.with { fixture in
            var history = RandomHistory(seed: seed)
            let runner = fixture.runner("a")
            let task = Task { await runner.run() }
            defer { task.cancel() }
            for count in [1, 3, 40, 1, 700, 1_300] { try await fixture.append(history.next(count)) }
            try await fixture.settle()
            for kind in ProjectionCatalog.all {
                let differences = try await fixture.verify(kind)
                #expect(differences.isEmpty, "seed \(seed), \(kind.name)")
            }
            task.cancel()
            await task.value
        }
    }

    @Test func talkGathersUntilSomethingElseComesAndOtherEventsForAsLongAsAPageTook() {
        let limits = ProjectionRunner.Limits()
        func rest(
            _ types: [EventType], took: Duration = .milliseconds(1), isPatient: Bool = false
        ) -> ProjectionRunner.Limits.Rest {
            limits.rest(after: types.map(\.rawValue), of: limits.page, took: took, isPatient: isPatient)
        }
        let fullPage = [EventType](repeating: .messageSent, count: limits.page)
        #expect(rest([.messageSent, .feedAcknowledged, .conversationRead]) == .untilAwaited(limits.gatherTalk))
        #expect(rest([.messageSent, .groupCreated, .messageSent]) == .full(.milliseconds(1)))
        #expect(rest([.groupCreated], took: .seconds(1)) == .full(limits.gatherRest))
        #expect(rest([]) == .none)
        #expect(rest(fullPage) == .none)
        #expect(rest([.groupCreated], isPatient: true) == .full(limits.gather))
        #expect(rest([.messageSent], took: .milliseconds(400), isPatient: true) == .full(.milliseconds(800)))
        #expect(rest(fullPage, took: .milliseconds(5), isPatient: true) == .full(.milliseconds(10)))
        #expect(rest([.messageSent], took: .seconds(60), isPatient: true) == .full(limits.longestRest))
    }

    /// However slow the machine, pages become so short that a lease outlasts one; and long again.
    @Test func aPageIsFoldedWhileItsLeaseLasts() {
        let limits = ProjectionRunner.Limits()
        let lease = Duration.milliseconds(limits.leaseMilliseconds)
        for perEvent in [Duration.microseconds(30), .milliseconds(3), .milliseconds(100), .seconds(1)] {
            var page = limits.page
            for _ in 1...20 { page = limits.page(after: page, took: perEvent * page) }
            #expect(page == 1 || perEvent * page <= lease / 4)
            #expect(page == limits.page || perEvent * page > lease / 16)
            for _ in 1...20 { page = limits.page(after: page, took: .zero) }
            #expect(page == limits.page)
        }
    }

    @Test func namesStandInTheReadTableInClear() async throws {
        try await ReadTableFixture.with { fixture in
            try await fixture.append([
                .userRegistered(
                    UserRegistered(
                        user: UserID(3), nameDigest: "d", name: "Carol", passwordHash: "h", address: nil))
            ])
            try await fixture.runToHead()
            #expect(try await fixture.number("select id from chat_read.users where folded = 'carol'") == 3)
            #expect(try await fixture.number("select id from chat.users where name = 'Carol' and not online") == 3)
        }
    }

    @Test func progressIsToldInOrderAndUpToTheHead() async throws {
        try await ReadTableFixture.with { fixture in
            let seen = Mutex<[Position]>([])
            let runner = fixture.runner("a") { projection, position in
                if projection == "user" { seen.withLock { $0.append(position) } }
            }
            let task = Task { await runner.run() }
            for _ in 0..<5 { try await fixture.append([.nodeJoined(NodeJoined(node: NodeName("x")))]) }
            try await fixture.settle()
            // The tables may stand at the head a moment before anybody is told.
            let deadline = ContinuousClock.now + .seconds(60)
            while seen.withLock({ $0.last }) != Position(5), ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(10))
            }
            task.cancel()
            await task.value
            let positions = seen.withLock { $0 }
            #expect(positions == positions.sorted() && Set(positions).count == positions.count)
            #expect(positions.last == Position(5))
        }
    }

    @Test func anotherRunnerTakesOverAndNoEventCountsTwice() async throws {
        try await ReadTableFixture.with { fixture in
            try await fixture.pool.transaction { try await ProjectionMigration.createFirstSet(Counting.self, $0) }
            let kinds = ProjectionCatalog.all + [Counting.self]
            var history = RandomHistory(seed: 5)
            var tasks: [Task<Void, Never>] = []
            defer { for task in tasks { task.cancel() } }
            for round in 0..<3 {
                // Its pool dies with it: it cannot give its lease back.
                let pool = PostgresPool(fixture.conninfo, applicationName: "mortal", size: 2, on: fixture.loop)
                let runner = fixture.runner("node\(round)", pool: pool, projections: kinds)
                let standby = fixture.runner("standby\(round)", projections: kinds)
                tasks.append(Task { await runner.run() })
                try await fixture.append(history.next(300))
                try await fixture.settle()
                tasks.append(Task { await standby.run() })
                try await fixture.append(history.next(2_000))
                await pool.close()
                try await fixture.append(history.next(300))
                try await fixture.settle()
                for task in tasks { task.cancel() }
                for task in tasks { await task.value }
                tasks = []
            }
            let head = try await fixture.log.head()
            #expect(
                try await fixture.number("select coalesce(sum(events), 0)::bigint from chat_read.counted")
                    == head.value)
            for kind in ProjectionCatalog.all { #expect(try await fixture.verify(kind).isEmpty) }
        }
    }

    @Test func aRunnerThatLostItsDatabaseDoesNotShowThatItIsElected() async throws {
        try await ReadTableFixture.with { fixture in
            let metrics = MetricsRegistry()
            let elected = metrics.gauge(
                "parley_projection_elected", help: "Whether this node runs a projection",
                labels: ["projection": "search"])
            let pool = PostgresPool(fixture.conninfo, applicationName: "mortal", size: 2, on: fixture.loop)
            let runner = fixture.runner("a", pool: pool, metrics: metrics)
            let task = Task { await runner.run() }
            defer { task.cancel() }
            while elected.value != 1 { try await Task.sleep(for: .milliseconds(5)) }
            await pool.close()
            while elected.value != 0 { try await Task.sleep(for: .milliseconds(5)) }
            task.cancel()
            await task.value
        }
    }

    @Test func aRunnerKeepsItsLeaseWhileAPageTakesLong() async throws {
        try await ReadTableFixture.with { fixture in
            let runner = fixture.runner("a")
            let task = Task { await runner.run() }
            defer { task.cancel() }
            try await fixture.append([.nodeJoined(NodeJoined(node: NodeName("x")))])
            try await fixture.settle()
            try await fixture.pool.transaction { transaction in
                _ = try await transaction.query("select from chat_read.projections for update")
                try await fixture.append([.nodeJoined(NodeJoined(node: NodeName("y")))])
                // Longer than the lease lasts without being renewed.
                let end = try await fixture.leaseEnd() + 3_000
                let patience = ContinuousClock.now + .seconds(60)
                while try await fixture.leaseEnd() < end, ContinuousClock.now < patience {
                    try await Task.sleep(for: .milliseconds(50))
                }
                // Nobody else campaigns: only who holds it has moved it.
                #expect(try await fixture.leaseEnd() >= end)
            }
            try await fixture.settle()
            task.cancel()
            await task.value
        }
    }

    @Test func anEventThatCannotBeFoldedStopsItsProjectionOnly() async throws {
        try await ReadTableFixture.with { fixture in
            try await fixture.append([.nodeJoined(NodeJoined(node: NodeName("a")))])
            try await fixture.appendBroken(.nodeLost, in: .node(NodeName("a")))
            var history = RandomHistory(seed: 6)
            try await fixture.append(history.next(50))
            let head = try await fixture.log.head()
            let runner = fixture.runner("a")
            let task = Task { await runner.run() }
            defer { task.cancel() }
            let sets = try await fixture.sets { sets in
                sets["session"]?.state == .stuck
                    && sets.values.filter { $0.position == head }.count == ProjectionCatalog.all.count - 2
            }
            // It takes every event, and so the broken one, too.
            #expect(sets["audit"]?.state == .stuck && sets["audit"]?.position == Position(1))
            #expect(sets["session"]?.position == Position(1))
            #expect(sets["session"]?.errorPosition == Position(2))
            #expect(sets["session"]?.error?.isEmpty == false)
            task.cancel()
            await task.value
        }
    }

    @Test func whatTheDatabaseRefusesStopsItsProjectionAtThatEvent() async throws {
        try await ReadTableFixture.with { fixture in
            _ = try await fixture.pool.withConnection {
                try await $0.query("alter table chat_read.groups_1 add check (name <> 'bad')")
            }
            try await fixture.append(
                (1...9).map { group in
                    .groupCreated(
                        GroupCreated(
                            group: GroupID(group), owner: UserID(1), name: group == 6 ? "bad" : "good",
                            description: "", visibility: .open))
                })
            let runner = fixture.runner("a")
            let task = Task { await runner.run() }
            defer { task.cancel() }
            let sets = try await fixture.sets { sets in
                sets["group"]?.state == .stuck
                    && sets.values.filter { $0.position == Position(9) }.count == ProjectionCatalog.all.count - 1
            }
            #expect(sets["group"]?.position == Position(5))
            #expect(sets["group"]?.errorPosition == Position(6))
            #expect(try await fixture.number("select count(*) from chat_read.groups") == 5)
            task.cancel()
            await task.value
        }
    }

    @Test func aCheckpointThatMovedWritesNothing() async throws {
        try await ReadTableFixture.with { fixture in
            let connection = try await fixture.connect()
            let held = try await Lease.campaign(
                connection, "elected", node: NodeName("a"), milliseconds: 60_000)
            let lease = try #require(held)
            var stale = lease
            stale.term -= 1
            func advance(from: Int64, to: Int64, _ lease: Lease) async throws -> Int {
                try await SetPointer.advance(
                    connection, ["user", "group"].map { (projection: $0, number: 1, lease: lease) },
                    from: Position(from), to: Position(to), rate: 0)
            }
            #expect(try await advance(from: 0, to: 5, stale) == 0)
            #expect(try await advance(from: 1, to: 5, lease) == 0)
            #expect(try await advance(from: 0, to: 5, lease) == 2)
            #expect(try await advance(from: 0, to: 5, lease) == 0)
            await connection.close()
        }
    }
}

/// Counts every event: a fold that shows if one was taken twice.
private struct Counting: Projection {
    static let counted = TableSpec("counted", key: ["type"], [.init("type", .name), .init("events", .bigint)])
    static let name = "counting"
    static let version = 1
    static let tables = [counted]
    static let views: [ViewSpec] = []
    static let eventTypes = Set(EventType.allCases)
    init(environment: ProjectionEnvironment) {}
    func apply(_ event: ProjectedEvent, into changes: inout RowChanges) throws(ProjectionError) {
        let type = ColumnValue.text(event.event.type.rawValue)
        changes.insert(Self.counted, ["type": type, "events": .integer(0)])
        changes.update(Self.counted, key: [type], ["events": .add(1)])
    }
}

extension ReadTableFixture {
    /// When the runner's lease ends, in milliseconds.
    fileprivate func leaseEnd() async throws -> Int64 {
        try await number("select (extract(epoch from expires_at) * 1000)::bigint from chat_cluster.leader") ?? 0
    }
}
