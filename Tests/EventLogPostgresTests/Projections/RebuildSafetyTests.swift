import ChatApplication
import ChatDomain
import ChatProjections
import ChatTestKit
import JSONText
import PostgresClient
import Synchronization
import Testing

@testable import EventLogPostgres

/// The program over a real log that a node folds and somebody appends to meanwhile.
@Suite struct RebuildSafetyTests {
    /// Tables beyond those of the sets in the bookkeeping.
    private func leftovers(_ world: ReplayWorld) async throws -> Int {
        let sets = try await world.pool.withConnection { try await SetPointer.load($0, liveOnly: false) }
        let expected = sets.reduce(0) { $0 + (ProjectionCatalog.named($1.projection)?.tables.count ?? 0) }
        let tables = try await world.number(
            """
            select count(*) from pg_class where relnamespace = 'chat_read'::regnamespace and relkind = 'r' \
                and relname <> 'projections'
            """)
        return Int(tables ?? 0) - expected
    }

    @Test func aRebuildKilledAtAnyMomentGoesOnAndLeavesNothingBehind() async throws {
        let seed = UInt64.random(in: 0...999_999)
        var random = SeededRandom(seed: seed)
        print("kills are from seed \(seed)")
        try await ReplayWorld.with(events: 6_000) { world in
            let tails = Mutex<(most: Int64, wrong: Int)>((0, 0))
            try await world.whileRunning {
                try await world.underTraffic {
                    try await world.during(
                        {
                            while !Task.isCancelled {
                                let sum = try? await world.number(
                                    "select sum(last_position)::bigint from chat_read.group_tails")
                                tails.withLock {
                                    // They only move on, so that less would be a set that is not whole.
                                    if let sum, sum < $0.most { $0.wrong += 1 }
                                    $0.most = max($0.most, sum ?? 0)
                                }
                            }
                        },
                        {
                            let whole = ContinuousClock.now
                            let first = try await world.replay("rebuild", "--jobs", "2")
                            #expect(first.status == 0, "\(first.output)")
                            let longest = Int((ContinuousClock.now - whole) / .milliseconds(1))
                            var killed = 0
                            for _ in 0..<10 {
                                let running = try world.started(["rebuild", "--jobs", "2"])
                                try await Task.sleep(for: .milliseconds(random.number(1...longest)))
                                running.program.kill()
                                killed += await running.end().status == 137 ? 1 : 0
                            }
                            #expect(killed > 0, "seed \(seed)")
                            let last = try await world.replay("rebuild", "--jobs", "2")
                            #expect(last.status == 0, "seed \(seed): \(last.output)")
                        })
                }
                let verified = try await world.replay("verify")
                #expect(verified.status == 0, "seed \(seed): \(verified.output)")
            }
            #expect(tails.withLock { $0.wrong } == 0, "seed \(seed)")
            #expect(try await leftovers(world) == 0)
            let sets = try await world.number("select count(*) from chat_read.projections where not live")
            #expect(sets == Int64(ProjectionCatalog.all.count), "seed \(seed)")
        }
    }

    @Test func aDryRunPrintsThePlanAndChangesNothing() async throws {
        try await ReplayWorld.with(events: 300) { world in
            let run = try await world.replay("rebuild", "user", "group", "--dry-run", "--json")
            #expect(run.status == 0)
            let plan = try JSONValue.parse(Array((run.jsonLines.first ?? "").utf8))
            #expect(plan["head"]?.intValue == 300 && plan["events"]?.intValue == 300)
            let user = plan["projections"]?[0]
            #expect(user?["projection"]?.stringValue == "user" && plan["projections"]?[2] == nil)
            #expect(user?["versionFrom"]?.intValue == Int64(UserProjection.version))
            #expect(user?["versionTo"]?.intValue == Int64(UserProjection.version))
            #expect(user?["set"]?.intValue == 1 && user?["newSet"]?.intValue == 2 && user?["from"]?.intValue == 0)
            #expect(user?["takenUp"]?.boolValue == false)
            #expect(try await world.number("select count(*) from chat_read.projections where not live") == 0)
            #expect(try await world.journal().isEmpty)
            #expect(try await world.database.log.head().value == 300)
        }
    }

    @Test func aSecondRebuildIsRefusedAndNamesTheFirst() async throws {
        try await ReplayWorld.with(events: 300) { world in
            let connection = try await LogDatabase.connect(world.database.conninfo)
            try await ReplayLock.holding(connection) {
                for command in ["rebuild", "rollback", "drop"] {
                    let run = try await world.replay(command, "user")
                    #expect(run.status == 3 && run.output.contains("is running (tests, process"), "\(run.output)")
                }
            }
            await connection.close()
            #expect(try await world.replay("rebuild", "user").status == 0)
        }
    }

    @Test func aRollbackBringsTheSetBeforeUpToTheLogAndASecondOneTakesItBack() async throws {
        try await ReplayWorld.with(events: 300) { world in
            try await world.whileRunning {
                #expect(try await world.replay("rollback", "group").status == 3)
                #expect(try await world.replay("rebuild", "group", "user").status == 0)
                try await world.append(400)
                try await world.settle()
                for set in [1, 2] as [Int64] {
                    let run = try await world.replay("rollback", "group", "--json")
                    #expect(run.status == 0, "\(run.output)")
                    let object = try JSONValue.parse(Array((run.jsonLines.first ?? "").utf8))
                    #expect(object["projections"]?[0]?["set"]?.intValue == set)
                    let tables = object["projections"]?[0]?["tables"]?.arrayValue ?? []
                    #expect(!tables.isEmpty && tables.allSatisfy { $0["before"] == $0["rows"] })
                    let live = try await world.status().projections.map(\.set)
                    #expect(live.first { $0.projection == "group" }?.number == Int(set))
                    #expect(live.first { $0.projection == "user" }?.number == 2)
                    try await world.append(50)
                    try await world.settle()
                    #expect(try await world.replay("verify", "group").status == 0)
                }
                #expect(
                    try await world.journal() == [
                        "ReplayStarted", "ReplaySwapped", "ReplayStarted", "ReplayRolledBack", "ReplayStarted",
                        "ReplayRolledBack",
                    ])
            }
        }
    }

    @Test func whatIsDroppedDoesNotComeBack() async throws {
        try await ReplayWorld.with(events: 300) { world in
            #expect(try await world.replay("rebuild", "group").status == 0)
            let run = try await world.replay("drop")
            #expect(run.status == 0 && run.output.contains("group: set 1 is removed"), "\(run.output)")
            #expect(try await leftovers(world) == 0)
            #expect(try await world.number("select count(*) from chat_read.projections where not live") == 0)
            #expect(try await world.replay("rollback", "group").status == 3)
            #expect(try await world.journal() == ["ReplayStarted", "ReplaySwapped", "ReplayDropped"])
            #expect(try await world.replay("drop").status == 0)
        }
    }

    @Test func everyRunIsLoggedWithWhoHadItDone() async throws {
        try await ReplayWorld.with(events: 10) { world in
            #expect(try await world.replay("rebuild", "user").status == 0)
            let role = try await world.pool.withConnection { try await $0.query("select session_user").text(0, 0) }
            for event in try await world.database.log.read(stream: .replay, after: .start, limit: 9) {
                let payload = try JSONValue.parse(event.payload)
                #expect(payload["role"]?.stringValue == role && payload["host"]?.stringValue?.isEmpty == false)
                #expect(payload["projections"]?[0]?.stringValue == "user")
            }
        }
    }
}
