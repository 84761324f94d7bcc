import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Readiness")
    struct ReadinessTests {
        // A login that could not be answered in time stood in the log all the same, and its connection was cut.
        @Test func aNodeIsReadyOnceItsReadTablesFollowTheLog() throws {
            let events = 5_000
            let cluster = try ClusterFixture(
                nodes: 1, withRedis: false,
                prepare: { database in
                    let made = try ProgramRun(
                        "chat-bench",
                        ["replay", "--database", database, "--events", "\(events)", "--generate-only"])
                    #expect(made.status == 0, "\(made.output)")
                })
            let behind = try cluster.query(
                "select min(position) from chat_read.projections where live and projection not in ('search', 'audit')")
            #expect(Int(behind.first ?? "").map { $0 >= events } ?? false, "\(behind)")
            let name = try cluster.register("newcomer")
            let client = try cluster.client()
            try client.login(name)
        }
    }
}
