import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// People and texts that nobody can read any more, on nodes that go on.
    @Suite("Erasure")
    struct ErasureTests {
        /// A user who has written to another, in the tables that search reads.
        private func pair(_ cluster: ClusterFixture) throws -> (doomed: String, other: ScriptedClient, id: Int64) {
            let (doomed, other) = (try cluster.register("doomed"), try cluster.register("other"))
            let (writer, reader) = (try cluster.client(doomed), try cluster.client(other, on: 1))
            try writer.call("addfriend", ["user": .string(other)])
            try writer.chat(other, "the unmistakable secret")
            try reader.message("the unmistakable secret")
            let id = try #require(try writer.call("whoami")["user"]?["id"]?.intValue)
            try eventually("it can be found") { try found(reader, "unmistakable") == 1 }
            return (doomed, reader, id)
        }

        private func found(_ client: ScriptedClient, _ text: String) throws -> Int {
            try client.call("search", ["query": .string(text)])["messages"]?.arrayValue?.count ?? 0
        }

        @Test func anErasedPersonsTextsAreReadByNobodyAndReplayGivesWhatIsLive() throws {
            let cluster = try ClusterFixture()
            let (doomed, other, id) = try pair(cluster)
            let shown = try cluster.run("chat-audit", ["erase", doomed, "--reason", "asked for", "--dry-run"])
            #expect(shown.status == 0 && shown.output.contains("UserRegistered"), "\(shown.output)")
            _ = try cluster.client(doomed, on: 1)

            let erased = try cluster.run("chat-audit", ["erase", doomed, "--reason", "asked for", "--texts"])
            #expect(erased.status == 0, "\(erased.output)")
            let certificate = try JSONValue.parse(Array(try #require(erased.jsonLines.last).utf8))
            #expect(certificate["user"]?.intValue == id && certificate["reason"] == "asked for")
            let types = certificate["unreadable"]?.arrayValue?.compactMap { $0["type"]?.stringValue } ?? []
            #expect(Set(types).isSuperset(of: ["UserRegistered", "SessionOpened", "MessageSent"]))
            #expect(certificate["quarters"]?.arrayValue?.count == 1)

            let refused = try cluster.client().refusal(
                "login", ["name": .string(doomed), "password": .string(ScriptedClient.password)])
            #expect(refused == ClientRefusal(401, "bad_credentials"))
            let conversation = try #require(
                try other.call("conversations")["conversations"]?[0]?["conversation"]?.stringValue)
            // The node had the key at hand: it hears of the end within a second or two.
            try eventually("nobody reads the text") {
                try other.history(conversation).allSatisfy { $0["text"] == "" }
            }
            try eventually("nobody finds it") { try found(other, "unmistakable") == 0 }
            #expect(try cluster.query("select count(*) from chat_read.search_blocks where entries <> ''") == ["0"])
            try eventually("nothing is left") {
                try cluster.query(
                    "select count(*) from chat_log.events where type = 'KeyDestroyed' and stream = 'account:\(id)'")
                    == ["2"]
            }
            let again = try cluster.run("chat-audit", ["erase", "\(id)", "--reason", "twice", "--texts"])
            #expect(again.status == 0, "\(again.output)")
            for command in [["rebuild"], ["verify"]] {
                let run = try cluster.run("chat-replay", command)
                #expect(run.status == 0, "\(run.output)")
            }
        }

        @Test func whoIsUnknownOrNotNamedIsNotErased() throws {
            let cluster = try ClusterFixture.shared()
            #expect(try cluster.run("chat-audit", ["erase", "nobody-at-all", "--reason", "x"]).status == 1)
            #expect(try cluster.run("chat-audit", ["erase", "4711", "--reason", "x"]).status == 1)
            #expect(try cluster.run("chat-audit", ["erase", "nobody-at-all"]).status == 2)
            #expect(try cluster.run("chat-audit", ["erase", "nobody-at-all", "--reason", ""]).status == 2)
        }

        @Test func textsEndWithTheirRetention() throws {
            let cluster = try ClusterFixture(
                withRedis: false, settings: ["retention.messages=100d"],
                prepare: { database in
                    let made = try ProgramRun(
                        "chat-bench", ["replay", "--database", database, "--events", "2000", "--rebuild", "all"])
                    #expect(made.status == 0, "\(made.output)")
                })
            try eventually("the keys are gone") {
                try cluster.query(
                    "select count(*) from chat_private.sealing_keys where purpose = 'texts' and key is not null")
                    == ["0"]
            }
            let order = try cluster.query("select data->>'reason' from chat.events where stream = 'erasures'")
            #expect(order == ["retention.messages=100d"])
            let name = try cluster.register("newcomer")
            let client = try cluster.client(name)
            try client.chat(try cluster.register("friend"), "a text of today")
            try eventually("only what is new is found") {
                let entries = "sum(length(entries) - length(replace(entries, ';', '')))"
                return try cluster.query("select \(entries) from chat_read.search_blocks") == ["1"]
                    && found(client, "text of today") == 1
            }
            let verified = try cluster.run("chat-replay", ["verify"])
            #expect(verified.status == 0, "\(verified.output)")
        }

        @Test func aRetentionThatIsNoneIsRefused() throws {
            for value in ["365", "0d", "d", "-1d", "1y", "40000d"] {
                let run = try ProgramRun(
                    "chatserver",
                    ["check", "--node", "a", "--database", "host=/nowhere", "--set", "retention.messages=\(value)"])
                #expect(run.status == 2 && run.output.contains("retention.messages"), "\(value): \(run.output)")
            }
        }
    }
}
