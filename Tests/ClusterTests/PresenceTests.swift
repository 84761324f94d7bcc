import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Presence and the ends of nodes")
    struct PresenceTests {
        private func befriend(_ one: ScriptedClient, _ other: ScriptedClient, _ name: String, _ asked: String) throws {
            try one.call("addfriend", ["user": .string(asked)])
            try other.push("friendrequest")
            try other.call("acceptfriend", ["user": .string(name)])
            try one.push("friendadded")
        }

        private func isOnline(_ name: String, for client: ScriptedClient) throws -> Bool? {
            let friends = try client.call("friends")["friends"]?.arrayValue ?? []
            return friends.first { $0["name"]?.stringValue == name }?["online"]?.boolValue
        }

        /// Contract: S9, P7.
        @Test func usersOfAKilledNodeGoOfflineAndCanLogInElsewhereAtOnce() throws {
            let cluster = try ClusterFixture()
            let names = try ["anna", "bert", "carl"].map { try cluster.register($0) }
            let anna = try cluster.client(names[0], on: 0)
            let bert = try cluster.client(names[1], on: 1)
            let carl = try cluster.client(names[2], on: 1)
            try befriend(anna, bert, names[0], names[1])
            try befriend(anna, carl, names[0], names[2])
            try eventually("both are online") {
                try isOnline(names[1], for: anna) == true && isOnline(names[2], for: anna) == true
            }
            anna.forgetPushes()
            cluster.nodes[1].kill()
            // At once: nothing waits for the node to be declared lost.
            let back = try cluster.client(names[2], on: 0)
            try back.push("caughtup")
            try anna.push("presence", within: .seconds(10)) {
                $0["user"]?["name"]?.stringValue == names[1] && $0["online"] == false
            }
            #expect(try isOnline(names[1], for: anna) == false)
            #expect(try isOnline(names[2], for: anna) == true)
            let wrong = anna.pushes.filter {
                $0.method == "presence" && $0.params["user"]?["name"]?.stringValue == names[2]
                    && $0.params["online"] == false
            }
            #expect(wrong.isEmpty, "who came back was never away")
        }

        /// Contract: S9.
        @Test func stoppingOneNodeLeavesOtherNodesUsersOnline() throws {
            let cluster = try ClusterFixture()
            let names = try ["anna", "bert", "carl"].map { try cluster.register($0) }
            let anna = try cluster.client(names[0], on: 0)
            let bert = try cluster.client(names[1], on: 0)
            let carl = try cluster.client(names[2], on: 1)
            try befriend(anna, bert, names[0], names[1])
            try befriend(anna, carl, names[0], names[2])
            try eventually("both are online") {
                try isOnline(names[1], for: anna) == true && isOnline(names[2], for: anna) == true
            }
            anna.forgetPushes()

            let began = ContinuousClock.now
            cluster.nodes[1].terminate()
            #expect(try carl.push("goaway").params["reason"] == "draining")
            try carl.waitForEnd()
            #expect(try cluster.nodes[1].waitForEnd() == 0)
            #expect(began.duration(to: .now) < .seconds(10))

            try anna.push("presence", within: .seconds(10)) {
                $0["user"]?["name"]?.stringValue == names[2] && $0["online"] == false
            }
            #expect(try isOnline(names[1], for: anna) == true)
            try bert.chat(names[0], "still here")
            try anna.message("still here")
            let others = anna.pushes.filter { $0.method == "presence" }.map { $0.params["user"]?["name"]?.stringValue }
            #expect(others == [names[2]])
        }

        /// Contract: P10.
        @Test func whatWasReceivedBeforeTheDrainIsAnswered() throws {
            let cluster = try ClusterFixture()
            let writer = try cluster.register("writer")
            let reader = try cluster.register("reader")
            let sender = try cluster.client(writer, on: 1)
            let ids = try (1...50).map { try sender.send("chat", ["to": .string(reader), "text": .string("\($0)")]) }
            _ = try sender.reply(to: ids[0])
            cluster.nodes[1].terminate()
            var answered = 0
            for id in ids where (try? sender.reply(to: id)) != nil { answered += 1 }
            #expect(try cluster.nodes[1].waitForEnd() == 0)
            let phone = try cluster.client(reader, on: 0)
            try phone.push("caughtup")
            #expect(phone.texts.count >= answered)
            #expect(phone.texts == (1...phone.texts.count).map { "\($0)" })
        }

        @Test func anotherNodeTakesOverWhatTheElectedNodeDid() throws {
            let cluster = try ClusterFixture()
            let leases = "select name || ' ' || node from chat_cluster.leader where expires_at > clock_timestamp()"
            func holder() throws -> String? {
                try cluster.query(leases).first?.split(separator: " ").last.map(String.init)
            }
            try eventually("a node is elected") { try holder() != nil }
            let elected = try #require(try holder())
            let index = try #require(cluster.nodes.firstIndex { $0.name == elected })
            let writer = try cluster.register("writer")
            cluster.nodes[index].kill()
            let other = 1 - index
            // What reads the read tables waits for them: answered only if somebody folds the log on.
            let client = try cluster.client(writer, on: other)
            let group = try client.createGroup("after")
            #expect(try client.call("groups")["groups"]?[0]?["id"] == .integer(group))
            try eventually("the other is elected") { try holder() == cluster.nodes[other].name }
        }
    }
}
