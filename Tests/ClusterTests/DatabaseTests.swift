import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Database")
    struct DatabaseTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        @Test func theLogIsNeverChangedNotEvenByItsOwner() throws {
            _ = try cluster.register("witness")
            let before = try cluster.query("select count(*), min(position) from chat_log.events where position <= 5")
            let changes = [
                "update chat_log.events set type = 'Nothing' where position = 1",
                "delete from chat_log.events where position = 1", "truncate chat_log.events",
                "truncate chat_log.events cascade",
            ]
            let partition = try #require(
                try cluster.query("select tableoid::regclass from chat_log.events where position = 1").first)
            let inPartition = ["delete from \(partition) where position = 1", "truncate \(partition)"]
            for change in changes + inPartition {
                #expect(throws: PrivateServerError.self, "\(change)") { try cluster.query(change) }
            }
            let after = try cluster.query("select count(*), min(position) from chat_log.events where position <= 5")
            #expect(before == after)
        }

        @Test func everyViewAnswers() throws {
            let name = try cluster.register("viewer")
            let views = try cluster.query("select viewname from pg_views where schemaname = 'chat' order by 1")
            #expect(Set(views).isSuperset(of: ["events", "offline_messages"]))
            for view in views { _ = try cluster.query("select * from chat.\(view) limit 5") }
            try eventually("the new user is seen") {
                try cluster.query("select 1 from chat.users where name = '\(name)'") == ["1"]
            }
        }

        /// Contract: V4.
        @Test func positionsHaveNoGapsAndTimeNeverGoesBack() throws {
            let name = try cluster.register("busy")
            let sender = try cluster.client(name)
            let other = try cluster.register("listener")
            for number in 1...20 { try sender.chat(other, "\(number)") }
            let gaps = try cluster.query(
                """
                select count(*) from (
                    select position - lag(position, 1, 0::bigint) over w as step,
                        recorded_at < lag(recorded_at) over w as back
                    from chat_log.events window w as (order by position)) s where step <> 1 or back
                """)
            #expect(gaps == ["0"])
        }

        /// As in a rolling upgrade, in which a node of the build before comes back after the migration.
        @Test func aNodeServesWhatANewerProgramHasExpandedAndNothingElse() throws {
            let cluster = try ClusterFixture(nodes: 1, withRedis: false)
            let node = cluster.nodes[0]
            let (alice, bob) = (try cluster.register("alice"), try cluster.register("bob"))
            func migrate(_ number: Int, expands: Bool) throws {
                _ = try cluster.query(
                    """
                    alter table chat_log.events add column later_\(number) text;
                    insert into chat_log.migrations (number, name, hash, expands)
                    values (\(number), '\(number)_later.sql', 'x', \(expands))
                    """)
            }
            try migrate(9998, expands: true)
            try cluster.client(alice).chat(bob, "while it runs")
            node.terminate()
            #expect(try node.waitForEnd() == 0)
            try node.start()
            try node.waitUntilReady()
            let reader = try cluster.client(bob)
            #expect(try reader.message("while it runs").params["seq"] == 1)
            try cluster.client(alice).chat(bob, "on what was expanded")
            _ = try reader.message("on what was expanded")
            #expect(try cluster.run("chat-replay", ["verify"]).status == 0)
            #expect(try cluster.run("chatserver", ["migrate"]).status == 0)

            try migrate(9999, expands: false)
            node.terminate()
            #expect(try node.waitForEnd() == 0)
            try node.start()
            #expect(try node.waitForEnd() == 3)
            #expect(node.logEnd.contains("schema is newer than this program"))
        }
    }
}
