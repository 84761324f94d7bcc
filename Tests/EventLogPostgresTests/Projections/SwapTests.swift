import ChatDomain
import ChatProjections
import ChatTestKit
import PostgresClient
import Testing

@testable import EventLogPostgres

@Suite struct SwapTests {
    private func rebuild(_ fixture: ReadTableFixture, _ kinds: [any Projection.Type]) async throws -> Takeover {
        let connection = try await fixture.connect()
        let rebuild = ProjectionRebuild(fixture.means(connection))
        let taken = try await rebuild.exclusively { try await rebuild.run(kinds) }
        await connection.close()
        return taken
    }

    /// Rows that only the first sets have tell which set a reader was shown.
    @Test func readersSeeOldSetsOrNewOnesAndNeverBoth() async throws {
        try await ReadTableFixture.with { fixture in
            var history = RandomHistory(seed: 31)
            try await fixture.append(history.next(300))
            try await fixture.runToHead()
            try await fixture.pool.withConnection {
                try await $0.execute(
                    script: """
                        insert into chat_read.users_1 (id, registered_at) values (-1, now());
                        insert into chat_read.group_members_1 (group_id, user_id, role, joined_at, joined_position)
                            values (-1, -1, 'member', now(), 1);
                        """)
            }
            let seen = Shown()
            let readers = [true, false, false].map { isFrozen in
                Task { await Self.read(fixture, in: seen, frozen: isFrozen) }
            }
            try await fixture.wait { seen.old.count >= 20 }
            _ = try await rebuild(fixture, [UserProjection.self, GroupProjection.self])
            try await fixture.wait { seen.new.count >= 20 }
            for reader in readers { reader.cancel() }
            for reader in readers { await reader.value }
            #expect(seen.mixed.count == 0)
        }
    }

    private struct Shown: Sendable {
        let old = Tally()
        let new = Tally()
        let mixed = Tally()
    }

    /// Asks again and again for what both views show and what the pointers say.
    private static func read(_ fixture: ReadTableFixture, in shown: Shown, frozen: Bool) async {
        while !Task.isCancelled {
            let begin = frozen ? "begin isolation level repeatable read" : "begin"
            let found = try? await fixture.pool.transaction(begin: begin) { transaction in
                if frozen {
                    _ = try await transaction.query("lock table chat_read.users in access share mode")
                    _ = try await transaction.query("lock table chat_read.group_members in access share mode")
                }
                let row = try await transaction.query(
                    """
                    select (select count(*) from chat_read.users where id = -1), \
                        (select count(*) from chat_read.group_members where group_id = -1), \
                        (select count(*) from chat_read.projections where live and set_number = 1 \
                            and projection in ('user', 'group'))
                    """)
                return [row.int(0, 0), row.int(0, 1), row.int(0, 2)]
            }
            switch found {
            case [1, 1, 2]: shown.old.add()
            case [0, 0, 0]: shown.new.add()
            case nil: break
            default: shown.mixed.add()
            }
        }
    }

    @Test func aSwapThatWaitsForAReaderLetsTheOthersPass() async throws {
        try await ReadTableFixture.with { fixture in
            var history = RandomHistory(seed: 32)
            try await fixture.append(history.next(300))
            try await fixture.runToHead()
            let slow = try await fixture.connect()
            _ = try await slow.query("begin")
            _ = try await slow.query("select count(*) from chat_read.groups")
            let rebuilding = Task { try await rebuild(fixture, [GroupProjection.self]) }
            // The swap waits for the view, for a moment, and gives up.
            let waiting = """
                select count(*) from pg_locks where not granted and mode = 'AccessExclusiveLock' \
                    and database = (select oid from pg_database where datname = current_database())
                """
            try await fixture.wait { try await fixture.number(waiting) ?? 0 > 0 }
            try await fixture.wait { try await fixture.number(waiting) == 0 }
            #expect(try await fixture.number("select count(*) from chat_read.groups") != nil)
            #expect(try await fixture.sets()["group"]?.number == 1)
            _ = try await slow.query("commit")
            let taken = try await rebuilding.value
            #expect(taken.attempts > 1)
            #expect(try await fixture.sets()["group"]?.number == 2)
            await slow.close()
        }
    }

    @Test func rowsAreCountedInOldAndNewTablesAtOnePosition() async throws {
        try await ReadTableFixture.with { fixture in
            var history = RandomHistory(seed: 33)
            try await fixture.append(history.next(500))
            try await fixture.runToHead()
            _ = try await fixture.pool.withConnection {
                try await $0.query("insert into chat_read.users_1 (id, registered_at) values (-1, now())")
            }
            let runner = fixture.runner("a")
            let running = Task { await runner.run() }
            let taken = try await rebuild(fixture, [UserProjection.self])
            running.cancel()
            await running.value
            let count = try #require(taken.projections.first?.tables.first)
            #expect(count.before == count.after + 1)
            #expect(Int64(count.after) == (try await fixture.number("select count(*) from chat_read.users")))
        }
    }
}
