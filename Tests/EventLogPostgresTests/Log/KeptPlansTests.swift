import ChatApplication
import ChatDomain
import ChatTestKit
import EventLogPostgres
import PostgresClient
import Testing

@Suite("Kept plans", .timeLimit(.minutes(5)))
struct KeptPlansTests {
    @Test func aPageOfTheLogIsPlannedOnce() async throws {
        let database = try await LogDatabase.fresh(partitionSize: 1000)
        let commands = (0..<400).map { AppendCommand(chain: $0, events: [event(.account(UserID(1)))]) }
        for _ in 0..<10 { _ = try await database.log.append(AppendBatch(origin: nil, commands: commands)) }
        let pool = PostgresPool(
            database.conninfo, applicationName: "plans", size: 1, on: LogDatabase.loop, waitLimit: .seconds(60),
            connectTimeout: .seconds(60)
        ) { try await LogConnection.prepare($0, keepsPlans: true) }
        let log = PostgresEventLog(appends: pool, reads: pool)
        for position in Int64(3980)..<3999 {
            let page = try await log.read(after: Position(position), upTo: nil, limit: 1000)
            #expect(page.map(\.position.value) == Array((position + 1)...4000))
        }
        let plans = try await pool.withConnection {
            try await $0.query(
                """
                select sum(generic_plans)::bigint, sum(custom_plans)::bigint from pg_prepared_statements
                where statement like 'SELECT * FROM (%octet_length(payload)%'
                """)
        }
        #expect(plans.int(0, 0) == 19)
        #expect(plans.int(0, 1) == 0)
        await pool.close()
    }
}
