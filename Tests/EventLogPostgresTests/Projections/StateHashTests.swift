import ChatDomain
import ChatProjections
import ChatTestKit
import PostgresClient
import Testing

@testable import EventLogPostgres

@Suite struct StateHashTests {
    private func tables(_ put: (inout RowChanges) -> Void) -> InMemoryTables {
        var tables = InMemoryTables(FriendProjection.tables)
        var changes = RowChanges()
        put(&changes)
        tables.apply(changes)
        return tables
    }

    private func friends(_ pairs: [(Int64, Int64)]) -> StateHash {
        StateHash(
            of: FriendProjection.self,
            in: tables { changes in
                for (user, friend) in pairs {
                    changes.put(
                        FriendProjection.friends,
                        ["user_id": .integer(user), "friend_id": .integer(friend), "since": .time(user)])
                }
            })
    }

    @Test func theOrderOfRowsDoesNotMatterAndTheirValuesDo() {
        let some = friends([(1, 2), (2, 1), (300, 4)])
        #expect(friends([(300, 4), (2, 1), (1, 2)]) == some)
        let others = [friends([]), friends([(1, 2), (2, 1)]), friends([(1, 2), (2, 1), (300, 5)])]
        #expect(Set(others + [some]).count == 4)
    }

    @Test func nothingIsNotTheEmptyText() {
        let names: [ColumnValue] = [.null, .text(""), .text("\u{E9}"), .text("e\u{301}")]
        let hashes = names.map { name in
            StateHash(of: UserProjection.self) { table in
                let row: [ColumnValue] = [.integer(1), name, .null, .time(0), .null, .null, .null]
                return [table.key(of: row): row]
            }
        }
        #expect(Set(hashes).count == names.count)
    }

    /// Hashes are kept beside recorded logs and compared between releases.
    @Test func theEncodingStaysAsItIs() {
        #expect(friends([]).description == "1dbc4512a72a83a52616cb31657630fa2145d6a39da64825f578e7c62ea1f385")
        #expect(friends([(1, 2)]).description == "7349ad26550a008ba73b68e133cb319bf8b218e10ad1977264bd7833fc5fdcb2")
    }

    @Test func liveTablesAndAFoldInMemoryHaveTheSameHashInAnySet() async throws {
        try await ReadTableFixture.with { fixture in
            var history = RandomHistory(seed: 31)
            try await fixture.append(history.next(1_200))
            try await fixture.runToHead()
            let connection = try await fixture.connect()
            var before: [StateHash] = []
            for kind in ProjectionCatalog.all {
                let builder = SetBuilder([kind], environment: fixture.environment, keys: fixture.keys)
                try await builder.fold(try await fixture.log.read(after: .start, upTo: nil, limit: 2_000))
                let live = try await StateHash.live(kind, over: connection)
                #expect(live.position == builder.position)
                #expect(live.hash == StateHash(of: kind) { builder.rows($0) }, "\(kind.name)")
                before.append(live.hash)
            }
            #expect(Set(before).count == ProjectionCatalog.all.count)
            let rebuild = ProjectionRebuild(fixture.means(connection))
            _ = try await rebuild.exclusively { try await rebuild.run(ProjectionCatalog.all) }
            // The rebuild itself is an event, and the audit takes every event.
            for (kind, hash) in zip(ProjectionCatalog.all, before) where kind != AuditProjection.self {
                #expect(try await StateHash.live(kind, over: connection).hash == hash, "\(kind.name)")
            }
            _ = try await connection.query("update chat_read.friends_2 set since = since + interval '1 microsecond'")
            #expect(try await StateHash.live(FriendProjection.self, over: connection).hash != before[1])
            await connection.close()
        }
    }
}
