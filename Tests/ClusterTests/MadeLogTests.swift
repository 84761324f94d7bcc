import ChatTestKit
import JSONText
import Testing

/// Nodes that go on where a made log ends: its heads, states, keys and numbers are as their own appends leave them.
@Suite struct MadeLogTests {
    @Test func nodesGoOnWhereAMadeLogEnds() throws {
        let cluster = try ClusterFixture(
            withRedis: false,
            prepare: { database in
                let made = try ProgramRun(
                    "chat-bench", ["replay", "--database", database, "--events", "2000", "--rebuild", "all"])
                #expect(made.status == 0, "\(made.output)")
            })
        let friends = try cluster.query(
            """
            select u.name, o.name from chat_read.friends f
            join chat_read.users u on u.id = f.user_id join chat_read.users o on o.id = f.friend_id limit 1
            """)
        let names = try #require(friends.first).split(separator: "|").map(String.init)
        let (name, friend) = (names[0], names[1])
        let anna = try cluster.client()
        try anna.call("login", ["name": .string(name), "password": "chat-bench", "device": "terminal"])
        let other = try cluster.client(1)
        try other.call("login", ["name": .string(friend), "password": "chat-bench", "device": "terminal"])
        let sent = try anna.chat(friend, "still there?")
        let conversation = try #require(sent["conversation"]?.stringValue)
        try other.wait("the message") { $0.pushes.contains { $0.params["text"]?.stringValue == "still there?" } }
        let history = try anna.history(conversation)
        #expect(history.map { $0["seq"]?.intValue } == (1...Int64(history.count)).map { $0 })
        #expect(history.allSatisfy { $0["text"]?.stringValue != nil || $0["recalled"] == true })
        let group = try anna.createGroup("after all")
        #expect(group > 2)
        let newcomer = try cluster.register("newcomer")
        try anna.call("addfriend", ["user": .string(newcomer)])
        try eventually("the projections have caught up") {
            let run = try? cluster.run("chat-replay", ["verify"])
            return run?.status == 0
        }
    }
}
