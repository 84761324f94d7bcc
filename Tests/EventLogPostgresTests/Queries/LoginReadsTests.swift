import ChatApplication
import ChatDomain
import ChatTestKit
import EventLogPostgres
import PostgresClient
import Testing

@Suite("What logins read")
struct LoginReadsTests {
    /// Everything that one login reads, as text.
    private static func reading(
        of user: UserID, after: Position, at head: Position, _ reads: PostgresReadModels
    ) async throws -> String {
        let contacts = try await reads.contacts(of: user, blocks: 3, atLeast: head)
        let friends = try await reads.friends(of: user, after: nil, limit: 2, atLeast: head)
        let more = try await reads.friends(of: user, after: UserID(2), limit: 2, atLeast: head)
        let groups = try await reads.groups(of: user, after: nil, limit: 2, atLeast: head)
        let page = try await reads.backlog(of: user, after: after, upTo: head, limit: 5)
        let member = page.groups.sorted { $0.key.value < $1.key.value }
        return """
            \(contacts.friends.sorted { $0.value < $1.value }) \(contacts.blocks.count)
            \(friends) \(more) \(groups)
            \(page.entries.map(\.event.position)) \(page.through) \(member) \(page.administered.map(\.value).sorted())
            """
    }

    @Test(arguments: [5, 6] as [UInt64])
    func readTogetherItIsWhatEachReadsAlone(seed: UInt64) async throws {
        try await ReplayWorld.with(events: 1_200, seed: seed) { world in
            let reads = PostgresReadModels(
                pool: world.pool, watch: ProjectionWatch(loop: LogDatabase.loop, pool: world.pool))
            let head = try await world.database.log.head()
            let rows = try await world.pool.withConnection { try await $0.query("select id from chat_read.users") }
            let users = (0..<rows.rowCount).map { UserID(rows.int($0, 0) ?? 0) }
            let asked = users.flatMap { user in
                [0, head.value / 2, head.value - 3, head.value].map { (user: user, after: Position($0)) }
            }
            var alone: [String] = []
            for (user, after) in asked {
                alone.append(try await Self.reading(of: user, after: after, at: head, reads))
            }
            let together = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for (number, (user, after)) in asked.enumerated() {
                    group.addTask { (number, try await Self.reading(of: user, after: after, at: head, reads)) }
                }
                return try await group.reduce(into: [String](repeating: "", count: asked.count)) { $0[$1.0] = $1.1 }
            }
            #expect(together == alone)
        }
    }

    /// That nothing was missed is said of those alone who have missed nothing.
    @Test func aBacklogHasEverythingThatConcernsItsUser() async throws {
        try await ReplayWorld.with(events: 1_200, seed: 7) { world in
            let reads = PostgresReadModels(
                pool: world.pool, watch: ProjectionWatch(loop: LogDatabase.loop, pool: world.pool))
            let head = try await world.database.log.head()
            let types = EventType.allCases.filter(\.isFeed).map(\.rawValue)
            let rows = try await world.pool.withConnection {
                try await $0.query(
                    """
                    select u.id, a.after, coalesce(array_agg(distinct e.position) filter (where e.position is not null), '{}')
                    from chat_read.users u cross join unnest($1::bigint[]) as a (after)
                    left join chat_read.user_streams s on s.user_id = u.id
                    left join chat_log.events e on e.stream = s.stream and e.type = any ($2)
                        and e.position between s.from_position and coalesce(s.to_position, 9223372036854775807)
                        and e.position > a.after
                    group by 1, 2
                    """,
                    [.int8Array([0, head.value / 2, head.value - 5, head.value]), .textArray(types)])
            }
            #expect(rows.rowCount > 20)
            for row in 0..<rows.rowCount {
                let (user, after) = (UserID(rows.int(row, 0) ?? 0), Position(rows.int(row, 1) ?? 0))
                let page = try await reads.backlog(of: user, after: after, upTo: head, limit: 2_000)
                let found = try #require(rows.elements(row, 2))
                let expected = Set((0..<found.rowCount).compactMap { found.int($0, 0) })
                // Of memberships that overlap, as these random ones do, both give an event.
                #expect(Set(page.entries.map(\.event.position.value)) == expected, "user \(user) after \(after)")
                #expect(page.through == head)
            }
        }
    }
}
