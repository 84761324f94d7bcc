import ChatDomain
import ChatProjections
import ChatTestKit
import PostgresClient
import Synchronization
import Testing

@testable import EventLogPostgres

@Suite struct ProjectionRebuildTests {
    private func rebuild(_ fixture: ReadTableFixture, _ kinds: [any Projection.Type]) async throws -> Takeover {
        let connection = try await fixture.connect()
        let rebuild = ProjectionRebuild(fixture.means(connection))
        let result: Result<Takeover, any Error>
        do {
            result = .success(try await rebuild.exclusively { try await rebuild.run(kinds) })
        } catch {
            result = .failure(error)
        }
        await connection.close()
        return try result.get()
    }

    @Test func aRebuildUnderConcurrentAppendsLeavesNoDifference() async throws {
        try await ReadTableFixture.with { fixture in
            var history = RandomHistory(seed: 11)
            try await fixture.append(history.next(3_000))
            let folded = Mutex(Position.start)
            let runner = fixture.runner("a") { _, position in folded.withLock { $0 = max($0, position) } }
            let running = Task { await runner.run() }
            let later = history
            // Goes on as fast as the runner follows.
            let appending = Task {
                var history = later
                var head = Position(3_000)
                while !Task.isCancelled {
                    if head.value - folded.withLock({ $0.value }) < 200 {
                        try await fixture.append(history.next(5))
                        head = head.advanced(by: 5)
                    }
                    try? await Task.sleep(for: .milliseconds(2))
                }
                return head
            }
            defer {
                running.cancel()
                appending.cancel()
            }
            try await fixture.sets { sets in sets.values.allSatisfy { $0.position > Position(3_000) } }
            let swapped = try await rebuild(fixture, ProjectionCatalog.all).position
            #expect(swapped > Position(3_000))
            try await fixture.sets { sets in sets.values.allSatisfy { $0.position > swapped } }
            appending.cancel()
            #expect(try await appending.value > swapped)
            try await fixture.settle()
            let sets = try await fixture.sets()
            #expect(sets.values.allSatisfy { $0.number == 2 && $0.state == .running })
            for kind in ProjectionCatalog.all { #expect(try await fixture.verify(kind).isEmpty, "\(kind.name)") }
            let viaView = try await fixture.number("select count(*) from chat_read.user_streams")
            #expect(try await viaView == fixture.number("select count(*) from chat_read.user_streams_2"))
            running.cancel()
            await running.value
        }
    }

    @Test func aRebuildEndsThoughTheLogGrowsFasterThanItIsFolded() async throws {
        try await ReadTableFixture.with { fixture in
            var history = RandomHistory(seed: 16)
            try await fixture.append(history.next(40))
            try await fixture.runToHead()
            // What does not run has the log's end for its aim.
            _ = try await fixture.pool.withConnection {
                try await $0.query("update chat_read.projections set state = 'stuck' where projection = 'group'")
            }
            let later = Mutex(history)
            let connection = try await fixture.connect()
            var means = fixture.means(connection)
            means.log = GrowingLog(log: fixture.log) { events in
                try? await fixture.append(later.withLock { $0.next(events + events / 2) })
            }
            try await fixture.append(later.withLock { $0.next(120) })
            let rebuild = ProjectionRebuild(means)
            let taken = try await rebuild.exclusively { try await rebuild.run([GroupProjection.self]) }
            await connection.close()
            #expect(taken.position >= Position(160))
            #expect(try await fixture.verify(GroupProjection.self).isEmpty)
        }
    }

    /// They held the texts of messages.
    @Test func tablesOfAVersionBeforeGoWithTheirSet() async throws {
        try await ReadTableFixture.with { fixture in
            let connection = try await fixture.connect()
            try await connection.execute(
                script: """
                    create table chat_read.message_texts_7 (folded text);
                    insert into chat_read.projections (projection, set_number, version, live, state)
                    values ('search', 7, 3, false, 'retired');
                    """)
            let rebuild = ProjectionRebuild(fixture.means(connection))
            let removed = try await rebuild.exclusively { try await rebuild.removeKept([SearchProjection.self]) }
            #expect(removed.map(\.number) == [7])
            #expect(try await fixture.number("select (to_regclass('chat_read.message_texts_7') is null)::int") == 1)
            await connection.close()
        }
    }

    @Test func theSetBeforeIsKeptUntilTheNextRebuild() async throws {
        try await ReadTableFixture.with { fixture in
            var history = RandomHistory(seed: 12)
            try await fixture.append(history.next(200))
            try await fixture.runToHead()
            _ = try await rebuild(fixture, [GroupProjection.self])
            #expect(try await fixture.number("select count(*) from chat_read.groups_1") != nil)
            _ = try await rebuild(fixture, [GroupProjection.self])
            #expect(try await fixture.number("select (to_regclass('chat_read.groups_1') is null)::int") == 1)
            #expect(
                try await fixture.number(
                    "select count(*) from chat_read.projections where projection = 'group'") == 2)
            #expect(try await fixture.verify(GroupProjection.self).isEmpty)
        }
    }

    @Test func aRebuildThatFailsLeavesTheLiveTablesAsTheyWere() async throws {
        try await ReadTableFixture.with { fixture in
            var history = RandomHistory(seed: 13)
            try await fixture.append(history.next(200))
            try await fixture.runToHead()
            try await fixture.appendBroken(.nodeLost, in: .node(NodeName("a")))
            await #expect(throws: RebuildFailure.self) {
                _ = try await rebuild(fixture, [UserProjection.self, SessionProjection.self])
            }
            let sets = try await fixture.sets()
            #expect(sets.values.allSatisfy { $0.number == 1 && $0.position == Position(200) })
            #expect(try await fixture.number("select count(*) from chat_read.projections where not live") == 0)
            #expect(try await fixture.verify(SessionProjection.self).isEmpty)
        }
    }

    @Test func aProjectionThatWasStuckRunsOnAfterItsRebuild() async throws {
        try await ReadTableFixture.with { fixture in
            _ = try await fixture.pool.withConnection {
                try await $0.query("alter table chat_read.groups_1 add check (name <> 'bad')")
            }
            func create(_ group: Int64, _ name: String) -> ChatEvent {
                .groupCreated(
                    GroupCreated(
                        group: GroupID(group), owner: UserID(1), name: name, description: "", visibility: .open))
            }
            try await fixture.append([create(1, "good"), create(2, "bad")])
            let runner = fixture.runner("a")
            let task = Task { await runner.run() }
            defer { task.cancel() }
            try await fixture.sets { $0["group"]?.state == .stuck }
            _ = try await rebuild(fixture, [GroupProjection.self])
            try await fixture.append([create(3, "good")])
            try await fixture.settle()
            #expect(try await fixture.number("select count(*) from chat_read.groups") == 3)
            task.cancel()
            await task.value
        }
    }

    @Test func aSecondRebuildIsRefusedWhileOneRuns() async throws {
        try await ReadTableFixture.with { fixture in
            let first = try await fixture.connect()
            let rebuild = ProjectionRebuild(fixture.means(first))
            try await rebuild.exclusively {
                do {
                    _ = try await self.rebuild(fixture, [UserProjection.self])
                    Issue.record("a second rebuild ran")
                } catch RebuildFailure.busy {
                }
            }
            _ = try await self.rebuild(fixture, [UserProjection.self])
            await first.close()
        }
    }

    @Test func whatWasFilledBeforeACrashIsTakenUp() async throws {
        try await ReadTableFixture.with { fixture in
            var history = RandomHistory(seed: 14)
            try await fixture.append(history.next(500))
            try await fixture.runToHead()
            let connection = try await fixture.connect()
            let rebuild = ProjectionRebuild(fixture.means(connection))
            var sets = try await rebuild.prepare([GroupProjection.self])
            try await rebuild.fill(&sets)
            let filled = try await fixture.number("select count(*) from chat_read.groups_2")
            // A mark that only this very set has: it shows that the set was not made anew.
            _ = try await connection.query("comment on table chat_read.groups_2 is 'filled before'")
            await connection.close()
            try await fixture.append(history.next(1_500))
            try await fixture.runToHead()
            _ = try await self.rebuild(fixture, [GroupProjection.self])
            #expect(filled != nil)
            #expect(
                try await fixture.number(
                    "select (obj_description('chat_read.groups_2'::regclass) = 'filled before')::int") == 1)
            #expect(try await fixture.sets()["group"]?.number == 2)
            #expect(try await fixture.verify(GroupProjection.self).isEmpty)
        }
    }

    @Test func anyNumberOfJobsLeavesTheSameTables() async throws {
        try await ReadTableFixture.with { fixture in
            var random = SeededRandom.announced(for: "jobs")
            var history = RandomHistory(seed: random.next())
            try await fixture.append(history.next(3_000))
            try await fixture.runToHead()
            let reader = try await fixture.connect()
            func hashes() async throws -> [String] {
                var hashes: [String] = []
                for kind in ProjectionCatalog.all {
                    hashes.append("\(kind.name) \(try await StateHash.live(kind, over: reader).hash)")
                }
                return hashes
            }
            let folded = try await hashes()
            // With little memory, rows are stored ahead of the rest, by strides as short as this pace makes them.
            for (jobs, memory, pace) in [(1, 256 << 20, 0), (2, 256 << 20, 0), (3, 1, 3_000), (9, 256 << 20, 0)] {
                var workers: [ProjectionRebuild] = []
                for _ in 0..<jobs {
                    workers.append(
                        ProjectionRebuild(
                            fixture.means(try await fixture.connect()), pace: Pace(eventsPerSecond: pace)))
                }
                var sets = try await workers[0].prepare(ProjectionCatalog.all)
                #expect(sets.allSatisfy { !$0.isFilled })
                try await workers[0].fill(&sets, memory: memory, workers: workers)
                let taken = try await workers[0].takeOver(sets)
                #expect(taken.projections.count == ProjectionCatalog.all.count)
                #expect(try await hashes() == folded, "\(jobs) jobs")
                for worker in workers { await worker.means.connection.close() }
            }
            await reader.close()
        }
    }

    @Test func rowsThatMemoryDoesNotHoldAreStoredOnTheWay() async throws {
        try await ReadTableFixture.with { fixture in
            var history = RandomHistory(seed: 15)
            try await fixture.append(history.next(3_000))
            try await fixture.runToHead()
            let kinds: [any Projection.Type] = [SearchProjection.self, OfflineProjection.self]
            let connection = try await fixture.connect()
            // At this pace a stride is short, and rows are stored after each of them.
            let rebuild = ProjectionRebuild(fixture.means(connection), pace: Pace(eventsPerSecond: 2_000))
            var sets = try await rebuild.prepare(kinds)
            try await rebuild.fill(&sets, memory: 1)
            await connection.close()
            _ = try await self.rebuild(fixture, kinds)
            for kind in kinds {
                #expect(try await fixture.sets()[kind.name]?.number == 2)
                #expect(try await fixture.verify(kind).isEmpty, "\(kind.name)")
            }
        }
    }
}

@Suite struct ProjectionVerificationTests {
    @Test func anAlteredALostAndAnInventedRowAreFound() async throws {
        try await ReadTableFixture.with { fixture in
            try await fixture.append(
                (1...3).map { user in
                    .userRegistered(
                        UserRegistered(
                            user: UserID(user), nameDigest: "d\(user)", name: "user\(user)", passwordHash: "h",
                            address: nil))
                })
            try await fixture.runToHead()
            #expect(try await fixture.verify(UserProjection.self).isEmpty)
            try await fixture.pool.withConnection { connection in
                try await connection.execute(
                    script: """
                        update chat_read.users set name = 'mallory' where id = 1;
                        delete from chat_read.users where id = 2;
                        insert into chat_read.users (id, registered_at) values (9, now());
                        """)
            }
            let differences = try await fixture.verify(UserProjection.self)
            let altered = differences.filter { $0.key.map(\.value) == [.integer(1)] }
            #expect(altered.map(\.column) == ["name"])
            #expect(altered.first?.live == .text("mallory") && altered.first?.rebuilt == .text("user1"))
            #expect(altered.first?.position == Position(3))
            let lost = differences.filter { $0.key.map(\.value) == [.integer(2)] }
            #expect(!lost.isEmpty && lost.allSatisfy { $0.live == nil && $0.rebuilt != nil })
            let invented = differences.filter { $0.key.map(\.value) == [.integer(9)] }
            #expect(!invented.isEmpty && invented.allSatisfy { $0.live != nil && $0.rebuilt == nil })
        }
    }

    @Test func rowsThatChangedAfterwardsAreLeftOut() async throws {
        try await ReadTableFixture.with { fixture in
            func register(_ user: Int64) -> ChatEvent {
                .userRegistered(
                    UserRegistered(
                        user: UserID(user), nameDigest: "d", name: "user", passwordHash: "h", address: nil))
            }
            try await fixture.append([register(1), register(2), register(3)])
            try await fixture.runToHead()
            try await fixture.pool.withConnection { connection in
                try await connection.execute(script: "update chat_read.users set name = 'mallory' where id in (1, 3)")
            }
            let differences = try await fixture.verify(UserProjection.self, upTo: Position(2))
            #expect(differences.map { $0.key.map(\.value) } == [[.integer(1)]])
            await #expect(throws: VerificationFailure.self) {
                _ = try await fixture.verify(UserProjection.self, upTo: Position(9))
            }
        }
    }
}
