import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// PostgreSQL comes back as another one, while the nodes run.
    @Suite("Restored")
    struct RestoreTests {
        private func cluster() throws -> ClusterFixture {
            try ClusterFixture(ownPostgres: true, postgresSettings: PrivatePostgres.archiving)
        }

        private func login(
            _ cluster: ClusterFixture, _ name: String, on node: Int, epoch: String, since: Int64
        ) throws -> (client: ScriptedClient, result: JSONValue) {
            var answer: (ScriptedClient, JSONValue)?
            try eventually("\(name) logs in") {
                answer = try? {
                    let client = try cluster.client(node)
                    let result = try client.call(
                        "login",
                        [
                            "name": .string(name), "password": .string(ScriptedClient.password), "device": "phone",
                            "epoch": .string(epoch), "since": .integer(since),
                        ])
                    return (client, result)
                }()
                return answer != nil
            }
            return try #require(answer)
        }

        // A client that held a position of the lost future was shown what came instead as if it followed.
        @Test func whoHoldsPositionsOfALostFutureIsToldToStartOver() throws {
            let cluster = try cluster()
            let (writer, reader) = (try cluster.register("writer"), try cluster.register("reader"))
            let sender = try cluster.client(writer)
            let phone = try cluster.client(1)
            let epoch = try #require(try phone.login(reader, device: "phone")["epoch"]?.stringValue)
            try sender.chat(reader, "kept")
            let first = try phone.message("kept")
            let kept = first.position
            let conversation = try #require(first.params["conversation"]?.stringValue)
            try cluster.postgres.backUp()
            try sender.chat(reader, "kept too")
            try phone.message("kept too")
            _ = try cluster.query("select pg_create_restore_point('before')")
            for text in ["lost", "lost too"] { try sender.chat(reader, text) }
            let lost = try phone.message("lost too").position
            _ = try cluster.query("select pg_switch_wal()")

            try cluster.postgres.restore(to: "before")
            for node in cluster.nodes { try node.waitUntilReady() }
            let (again, result) = try login(cluster, reader, on: 1, epoch: epoch, since: lost)
            let reset = try #require(result["reset"]?["position"]?.intValue)
            #expect(reset >= kept && reset < lost)
            #expect(result["epoch"]?.stringValue != epoch)
            try again.push("caughtup")
            #expect(!again.texts.contains("lost") && !again.texts.contains("lost too"))
            let sending = try login(cluster, writer, on: 0, epoch: epoch, since: 0).client
            try sending.chat(reader, "instead")
            try again.message("instead")
            let texts = try again.history(conversation).compactMap { $0["text"]?.stringValue }
            #expect(texts == ["kept", "kept too", "instead"])
        }

        // A client knows the epoch of its login: had its session gone on, what it was shown in the new life would have
        // come again after the next login, as if it had never happened.
        @Test func aPromotionThatLosesNothingEndsEverySessionOnceAndShowsNothingTwice() throws {
            let cluster = try cluster()
            let (writer, reader) = (try cluster.register("writer"), try cluster.register("reader"))
            let sender = try cluster.client(writer)
            let phone = try cluster.client(1)
            let epoch = try #require(try phone.login(reader, device: "phone")["epoch"]?.stringValue)
            try sender.chat(reader, "before")
            let before = try phone.message("before").position

            try cluster.postgres.promote()
            try phone.waitForEnd()
            let goodbye = phone.pushes.last { $0.method == "goaway" }
            #expect(goodbye?.params["reason"] == "shutdown")
            try eventually("a message goes again") { (try? cluster.client(writer).chat(reader, "after")) != nil }
            let (again, result) = try login(cluster, reader, on: 0, epoch: epoch, since: before)
            let newEpoch = try #require(result["epoch"]?.stringValue)
            #expect(newEpoch != epoch && result["reset"] == nil)
            try again.message("after")
            try again.push("caughtup")
            #expect(!again.texts.contains("before"))

            try cluster.client(writer).chat(reader, "later")
            let later = try again.message("later").position
            let (last, third) = try login(cluster, reader, on: 1, epoch: newEpoch, since: later)
            #expect(third["reset"] == nil)
            try last.push("caughtup")
            #expect(last.texts.isEmpty)
            try eventually("the fast path is used in the new life") {
                try cluster.nodes.allSatisfy { try $0.metric("parley_feed_fast") == 1 }
            }
        }
    }
}
