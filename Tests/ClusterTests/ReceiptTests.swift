import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// Contract: M6, M8, P8, P9, S8.
    @Suite("Receipts and typing")
    struct ReceiptTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        private func read(_ client: ScriptedClient, _ conversation: String, _ seq: Int64) throws {
            try client.call("read", ["conversation": .string(conversation), "seq": .integer(seq)])
        }

        private func receipts(_ client: ScriptedClient) -> [JSONValue] {
            client.pushes.filter { $0.method == "receipt" }.map(\.params)
        }

        /// Everything that was on its way to a client before is there once this is.
        private func fence(_ client: ScriptedClient, _ name: String, from sender: ScriptedClient) throws {
            try sender.chat(name, "fence")
            try client.message("fence")
        }

        @Test func theSenderHearsWhatArrivedAndWhatWasRead() throws {
            let names = try ["anna", "bert"].map { try cluster.register($0) }
            let anna = try cluster.client(names[0], on: 0)
            let bert = try cluster.client(names[1], on: 1)
            for number in 1...3 { try anna.chat(names[1], "\(number)") }
            let last = try bert.message("3")
            let id = try #require(last.params["conversation"]?.stringValue)
            try bert.call("ack", ["position": .integer(last.position)])
            let arrived = try anna.push("receipt") { $0["delivered"] == 3 }.params
            #expect(arrived["conversation"]?.stringValue == id)
            #expect(arrived["user"]?["name"]?.stringValue == names[1])
            #expect(arrived["read"] == nil && arrived["position"] == nil)
            try read(bert, id, 2)
            let read = try anna.push("receipt") { $0["read"] == 2 }.params
            #expect(read["user"]?["name"]?.stringValue == names[1] && read["delivered"] == nil)
            #expect(receipts(bert).isEmpty, "neither of one's own reading nor of what others send")
            let entry = try anna.call("conversations")["conversations"]?[0]
            #expect(entry?["others"] == ["delivered": 3, "read": 2])
        }

        @Test func theReadersOtherSessionsHearOfIt() throws {
            let names = try ["anna", "bert"].map { try cluster.register($0) }
            let anna = try cluster.client(names[0], on: 0)
            let phone = try cluster.client(names[1], device: "phone", on: 1)
            let desk = try cluster.client(names[1], device: "desk", on: 0)
            let sent = try anna.chat(names[1], "hello")
            let id = try #require(sent["conversation"]?.stringValue)
            try phone.message("hello")
            try desk.message("hello")
            try read(phone, id, 1)
            #expect(try desk.push("receipt").params["read"] == 1)
            try fence(phone, names[1], from: anna)
            #expect(receipts(phone).isEmpty, "the reading session has its answer")
            try phone.call("ack", ["position": .integer(try phone.message("hello").position)])
            try anna.push("receipt") { $0["delivered"] != nil }
            #expect(receipts(desk).allSatisfy { $0["delivered"] == nil }, "that something arrived is the sender's news")
        }

        @Test func membersOfASmallGroupHearOfReadingOnly() throws {
            let names = try ["owner", "one", "two"].map { try cluster.register($0) }
            let clients = try names.enumerated().map { try cluster.client($1, on: $0 % 2) }
            let group = try clients[0].createGroup("small")
            for client in clients[1...] { try client.call("joingroup", ["group": .integer(group)]) }
            try clients[0].groupChat(group, "hello")
            let pushed = try clients[1].message("hello")
            try clients[1].call("ack", ["position": .integer(pushed.position)])
            try read(clients[1], "group:\(group)", 1)
            for client in [clients[0], clients[2]] {
                let receipt = try client.push("receipt").params
                #expect(receipt["conversation"]?.stringValue == "group:\(group)")
                #expect(receipt["user"]?["name"]?.stringValue == names[1] && receipt["read"] == 1)
            }
            #expect(receipts(clients[1]).isEmpty)
        }

        @Test func receiptsAreGatheredAndNeverRepeated() throws {
            let names = try ["anna", "bert"].map { try cluster.register($0) }
            let anna = try cluster.client(names[0], on: 0)
            let bert = try cluster.client(names[1], on: 1)
            for number in 1...20 { try anna.chat(names[1], "\(number)") }
            let id = try #require(try bert.message("20").params["conversation"]?.stringValue)
            let start = ContinuousClock.now
            for seq: Int64 in 1...20 { try read(bert, id, seq) }
            try anna.push("receipt") { $0["read"] == 20 }
            let seconds = Int(start.duration(to: .now) / .seconds(1)) + 1
            let seqs = receipts(anna).compactMap { $0["read"]?.intValue }
            #expect(seqs.count <= seconds + 1)
            #expect(seqs == seqs.sorted())
            let again = try cluster.client(names[0], device: "late", on: 0)
            try again.push("caughtup")
            try fence(again, names[0], from: bert)
            #expect(receipts(again).isEmpty)
        }

        @Test func receiptsCostTheFeedNothing() throws {
            let names = try ["anna", "bert"].map { try cluster.register($0) }
            let anna = try cluster.client(names[0], device: "phone", on: 0)
            let bert = try cluster.client(names[1], on: 1)
            let id = try #require(try anna.chat(names[1], "hello")["conversation"]?.stringValue)
            try bert.message("hello")
            try read(bert, id, 1)
            try anna.push("receipt")
            try bert.chat(names[0], "answer")
            let answer = try anna.message("answer")
            try anna.call("ack", ["position": .integer(answer.position)])
            anna.close()
            let back = try cluster.client(names[0], device: "phone", on: 1)
            try back.push("caughtup")
            #expect(back.texts.isEmpty)
        }

        @Test func whoTypesIsSeenByTheOthersWhoAreThere() throws {
            let names = try ["anna", "bert", "carl"].map { try cluster.register($0) }
            let clients = try names.enumerated().map { try cluster.client($1, on: $0 % 2) }
            let near = try cluster.client(names[1], device: "near", on: 0)
            let own = try cluster.client(names[0], device: "own", on: 1)
            let id = try #require(try clients[0].chat(names[1], "hello")["conversation"]?.stringValue)
            for client in [clients[1], near, own] { try client.message("hello") }
            // Over Redis nobody may listen yet: it is said again, as clients do.
            func type(_ conversation: String, until isSeen: () throws -> Bool) throws {
                try eventually("typing is seen") {
                    try clients[0].notify("typing", ["conversation": .string(conversation)])
                    try clients[0].call("ping")
                    return try isSeen()
                }
            }
            func seen(_ client: ScriptedClient, _ conversation: String) throws -> Bool {
                try client.call("ping")
                return client.pushes.contains {
                    $0.method == "typing" && $0.params["conversation"]?.stringValue == conversation
                        && $0.params["user"]?["name"]?.stringValue == names[0]
                }
            }
            try type(id) { try seen(clients[1], id) && seen(near, id) }
            let group = try clients[0].createGroup("typing")
            for client in clients[1...] { try client.call("joingroup", ["group": .integer(group)]) }
            try clients[0].groupChat(group, "hello all")
            for client in clients[1...] { try client.message("hello all") }
            try type("group:\(group)") { try clients[1...].allSatisfy { try seen($0, "group:\(group)") } }
            for client in [clients[0], own] {
                try client.call("ping")
                #expect(!client.pushes.contains { $0.method == "typing" }, "nobody is told of oneself")
            }
            #expect(!clients[2].pushes.contains { $0.params["conversation"]?.stringValue == id })
        }

        @Test func withoutRedisReceiptsComeFromTheLog() throws {
            let own = try ClusterFixture(withRedis: false)
            let names = try ["anna", "bert"].map { try own.register($0) }
            let anna = try own.client(names[0], on: 0)
            let bert = try own.client(names[1], on: 1)
            let id = try #require(try anna.chat(names[1], "hello")["conversation"]?.stringValue)
            let pushed = try bert.message("hello")
            try bert.call("ack", ["position": .integer(pushed.position)])
            #expect(try anna.push("receipt") { $0["delivered"] != nil }.params["delivered"] == 1)
            try read(bert, id, 1)
            #expect(try anna.push("receipt") { $0["read"] != nil }.params["read"] == 1)
            let near = try own.client(names[1], device: "near", on: 0)
            try near.push("caughtup")
            try anna.call("typing", ["conversation": .string(id)])
            #expect(try near.push("typing").params["user"]?["name"]?.stringValue == names[0])
        }

        @Test func onlyWhoTakesPartMayType() throws {
            let names = try ["anna", "bert", "carl"].map { try cluster.register($0) }
            let clients = try names.map { try cluster.client($0) }
            let id = try #require(try clients[0].chat(names[1], "hello")["conversation"])
            #expect(try clients[2].refusal("typing", ["conversation": id]) == ClientRefusal(403, "forbidden"))
            let group = try clients[0].createGroup("closed")
            #expect(
                try clients[2].refusal("typing", ["conversation": .string("group:\(group)")])
                    == ClientRefusal(403, "not_a_member"))
            #expect(try clients[2].refusal("typing")?.code == -32602)
            try clients[1].call("block", ["user": .string(names[0])])
            #expect(try clients[0].refusal("typing", ["conversation": id]) == ClientRefusal(403, "forbidden"))
            clients[0].forgetPushes()
            try clients[1].call("typing", ["conversation": id])
            try clients[0].call("ping")
            #expect(!clients[0].pushes.contains { $0.method == "typing" }, "who is blocked sees the blocker offline")
        }
    }
}
