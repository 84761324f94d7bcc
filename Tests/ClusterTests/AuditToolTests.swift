import ChatTestKit
import Foundation
import JSONText
import Testing

extension ClusterTests {
    /// The other questions of `chat-audit`, over what real nodes wrote.
    @Suite("Reports, stories and exports")
    struct AuditToolTests {
        private func object(_ cluster: ClusterFixture, _ arguments: [String]) throws -> JSONValue {
            let run = try cluster.run("chat-audit", arguments)
            #expect(run.status == 0, "\(run.output)")
            return try JSONValue.parse(Array(try #require(run.jsonLines.first).utf8))
        }

        @Test func whoCouldSeeAMessageIsWhoWasAMemberThen() throws {
            let cluster = try ClusterFixture()
            let names = try ["ann", "bob", "cid", "dot"].map { try cluster.register($0) }
            let clients = try names.enumerated().map { try cluster.client($1, device: "phone", on: $0 % 2) }
            let group = try clients[0].createGroup("climbers")
            for client in clients[1...2] { try client.call("joingroup", ["group": .integer(group)]) }
            try clients[2].call("leavegroup", ["group": .integer(group)])
            try clients[0].call(
                "setrole", ["group": .integer(group), "user": .string(names[1]), "role": "admin"])
            try clients[0].groupChat(group, "who sees this?", key: "k1")
            let push = try clients[1].message("who sees this?")
            try clients[3].call("joingroup", ["group": .integer(group)])
            let position = try #require(push.params["position"])
            try clients[1].call("ack", ["position": position])
            try clients[1].call("react", ["conversation": .string("group:\(group)"), "seq": 1, "emoji": "👍"])
            try clients[1].call("read", ["conversation": .string("group:\(group)"), "seq": 1])
            try clients[0].call("edit", ["conversation": .string("group:\(group)"), "seq": 1, "text": "who saw this?"])

            let shown = try object(cluster, ["visibility", "group:\(group)", "1", "--json"])
            let members = try #require(shown["members"]?.arrayValue)
            #expect(members.compactMap { $0["user"]?["name"]?.stringValue } == [names[0], names[1]])
            #expect(members.compactMap { $0["role"]?.stringValue } == ["owner", "admin"])
            try eventually("the acknowledgement is in the log") {
                let members = try object(cluster, ["visibility", "group:\(group)", "1", "--json"])["members"]
                return members?[1]?["received"]?[0]?["device"] == "phone"
            }
            #expect(members[1]["read"]?["device"] == "phone" && members[0]["read"] == .null)

            let story = try cluster.run("chat-audit", ["story", "group:\(group)", "1", "--json", "--texts"])
            let steps = try story.jsonLines.map { try JSONValue.parse(Array($0.utf8)) }
            let told = steps.compactMap { $0["what"]?.stringValue }
            #expect(Set(told).isSuperset(of: ["sent", "reacted 👍", "read", "edited", "received"]) && told[0] == "sent")
            #expect(steps[0]["key"] == "k1" && steps[0]["address"] == "127.0.0.1" && steps[0]["node"] == "a")
            #expect(steps.first { $0["what"] == "edited" }?["text"] == "who saw this?")
            let table = try cluster.run("chat-audit", ["visibility", "group:\(group)", "1"]).output
            #expect(table.contains(names[1]) && !table.contains(names[2]) && !table.contains(names[3]))
            #expect(try cluster.run("chat-audit", ["visibility", "group:\(group)", "99"]).status == 1)
            #expect(try cluster.run("chat-audit", ["story", "nowhere", "1"]).status == 2)
        }

        @Test func countsAddUpWhateverTheyAreCountedBy() throws {
            let cluster = try ClusterFixture(nodes: 1)
            let name = try cluster.register("ann <&>".replacing(" <&>", with: ""))
            let client = try cluster.client(name)
            for number in 1...5 { try client.call("creategroup", ["name": .string("group \(number)")]) }
            let head = try #require(try cluster.query("select chat_log.head()").first.flatMap { Int64($0) })
            for dimension in ["day", "type", "actor", "node"] {
                let run = try cluster.run(
                    "chat-audit", ["report", "--by", dimension, "--until", "\(head + 1)", "--json"])
                let lines = try run.jsonLines.map { try JSONValue.parse(Array($0.utf8)) }
                #expect(lines.reduce(0) { $0 + ($1["events"]?.intValue ?? 0) } == head, "\(run.output)")
                #expect(lines.allSatisfy { $0[dimension] != nil })
            }
            let plot = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).svg")
            defer { try? FileManager.default.removeItem(at: plot) }
            let run = try cluster.run("chat-audit", ["report", "--plot", plot.path])
            #expect(run.output.contains("GroupCreated") && run.output.contains("█"))
            let drawn = try String(contentsOf: plot, encoding: .utf8)
            #expect(drawn.hasPrefix("<svg") && drawn.contains(">GroupCreated</text>") && drawn.contains(">5</text>"))
            #expect(try cluster.run("chat-audit", ["report", "--plot", "picture.png"]).status == 2)
        }

        @Test func anExportHoldsOnesOwnWordsAndNobodyElses() throws {
            let cluster = try ClusterFixture()
            let (ann, bob) = (try cluster.register("ann"), try cluster.register("bob"))
            let (a, b) = (try cluster.client(ann, device: "phone"), try cluster.client(bob, on: 1))
            try a.call("addfriend", ["user": .string(bob)])
            try b.call("acceptfriend", ["user": .string(ann)])
            try a.chat(bob, "what ann said")
            try b.chat(ann, "what bob said")
            let push = try a.message("what bob said")
            try a.call("ack", ["position": try #require(push.params["position"])])
            let id = try a.ownID()
            func export() throws -> JSONValue {
                let run = try cluster.run("chat-audit", ["export-user", ann])
                #expect(run.status == 0, "\(run.output)")
                return try JSONValue.parse(Array(run.output.utf8))
            }
            try eventually("the acknowledgement is in the log") {
                try export()["events"]?.arrayValue?.contains { $0["type"] == "FeedAcknowledged" } == true
            }
            let document = try export()
            #expect(document["user"] == ["id": .integer(id), "name": .string(ann)])
            let events = try #require(document["events"]?.arrayValue)
            let positions = events.compactMap { $0["position"]?.intValue }
            #expect(positions == positions.sorted(by: >))
            #expect(events.last?["type"] == "UserRegistered" && events.last?["data"]?["name"]?.stringValue == ann)
            #expect(events.compactMap { $0["text"]?.stringValue } == ["what ann said"])
            #expect(events.filter { $0["type"] == "MessageSent" }.count == 2)
            let text = document.description
            for word in ["what bob said", "argon2", "Digest", "sealed"] { #expect(!text.contains(word), "\(word)") }
            let opened = try #require(events.first { $0["type"] == "SessionOpened" })
            #expect(opened["data"]?["address"] == "127.0.0.1")
            let acknowledged = try #require(events.first { $0["type"] == "FeedAcknowledged" })
            #expect(acknowledged["data"]?["entries"]?.arrayValue?.allSatisfy { $0[0]?.intValue == id } == true)
            #expect(try cluster.run("chat-audit", ["export-user", "nobody at all"]).status == 1)
        }

        /// Each example of the page, as an auditor runs it.
        @Test func theExamplesOfPlainSQLRunAsTheReader() throws {
            let cluster = try ClusterFixture(nodes: 1)
            let name = try cluster.register("ann")
            try cluster.client(name).call("creategroup", ["name": "climbers"])
            let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../docs/audit.md").standardizedFileURL
            let text = try String(contentsOf: page, encoding: .utf8)
            let examples = text.components(separatedBy: "```sql\n").dropFirst().compactMap {
                $0.components(separatedBy: "```").first
            }
            #expect(examples.count == 10)
            for example in examples {
                _ = try cluster.query("set role chat_reader; \(example)")
            }
            let logins = "select user_name, address from chat.audit_login where type = 'SessionOpened'"
            // The projection of the addresses has a pace of its own.
            try eventually("the address is there") {
                try cluster.query("set role chat_reader; \(logins)") == ["\(name)|127.0.0.1"]
            }
            #expect(throws: (any Error).self) {
                try cluster.query("set role chat_reader; select * from chat_log.events")
            }
            #expect(throws: (any Error).self) {
                try cluster.query("set role chat_reader; delete from chat.audit_log")
            }
        }
    }
}
