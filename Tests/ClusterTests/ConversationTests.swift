import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// Contract: M7, M10.
    @Suite("Conversations and what is read of them")
    struct ConversationTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        private func conversations(_ client: ScriptedClient, _ params: JSONObject = [:]) throws -> [JSONValue] {
            try client.call("conversations", params)["conversations"]?.arrayValue ?? []
        }

        private func read(_ client: ScriptedClient, _ conversation: String, _ seq: Int64) throws {
            try client.call("read", ["conversation": .string(conversation), "seq": .integer(seq)])
        }

        @Test func aDirectConversationIsThereForBothOnceSomethingWasSaid() throws {
            let names = try ["anna", "bert"].map { try cluster.register($0) }
            let anna = try cluster.client(names[0])
            let bert = try cluster.client(names[1], on: 1)
            #expect(try conversations(anna).isEmpty)
            let first = try anna.chat(names[1], "one")
            let sent = try anna.chat(names[1], "two")
            let id = try #require(sent["conversation"]?.stringValue)
            let mine = try #require(try conversations(anna).first)
            #expect(mine["conversation"]?.stringValue == id)
            #expect(mine["with"]?["name"]?.stringValue == names[1])
            #expect(mine["group"] == nil)
            #expect(mine["position"] == sent["position"])
            #expect(mine["lastSeq"] == 2 && mine["readSeq"] == 2 && mine["unread"] == 0)
            #expect(mine["last"]?["text"] == "two" && mine["last"]?["position"] == sent["position"])
            #expect(mine["others"] == ["delivered": 0, "read": 0])
            try bert.message("two")
            let his = try #require(try conversations(bert).first)
            #expect(his["with"]?["name"]?.stringValue == names[0])
            #expect(his["lastSeq"] == 2 && his["readSeq"] == 0 && his["unread"] == 2)
            #expect(his["others"] == ["delivered": 2, "read": 2])
            #expect(first["conversation"] == sent["conversation"])
        }

        @Test func readingRisesUpToTheLastMessageAndNeverGoesBack() throws {
            let names = try ["anna", "bert"].map { try cluster.register($0) }
            let anna = try cluster.client(names[0])
            let bert = try cluster.client(names[1], on: 1)
            for number in 1...5 { try anna.chat(names[1], "\(number)") }
            try bert.message("5")
            let id = try #require(bert.messages.last?["conversation"]?.stringValue)
            for (seq, expected) in [(3, 3), (1, 3), (0, 3), (999, 5), (2, 5)] as [(Int64, Int64)] {
                try read(bert, id, seq)
                let entry = try #require(try conversations(bert).first)
                #expect(entry["readSeq"]?.intValue == expected)
                #expect(entry["unread"]?.intValue == 5 - expected)
            }
            try eventually("anna sees it") {
                try conversations(anna).first?["others"]?["read"] == 5
            }
            try anna.chat(names[1], "6")
            try bert.chat(names[0], "answered")
            let entry = try #require(try conversations(bert).first)
            #expect(entry["readSeq"] == 7 && entry["unread"] == 0, "sending reads up to it")
        }

        @Test func joiningAGroupReadsWhatWasBefore() throws {
            let names = try ["owner", "joiner"].map { try cluster.register($0) }
            let owner = try cluster.client(names[0])
            let joiner = try cluster.client(names[1], on: 1)
            let group = try owner.createGroup("reading")
            for number in 1...3 { try owner.groupChat(group, "before \(number)") }
            try joiner.call("joingroup", ["group": .integer(group)])
            var entry = try #require(try conversations(joiner).first)
            #expect(entry["group"]?["id"] == .integer(group) && entry["group"]?["role"] == "member")
            #expect(entry["group"]?["members"] == 2 && entry["with"] == nil && entry["others"] == nil)
            #expect(entry["lastSeq"] == 3 && entry["readSeq"] == 3 && entry["unread"] == 0)
            #expect(entry["last"] == nil, "nobody is shown what history would not show")
            let joined = try #require(entry["position"]?.intValue)
            let said = try owner.groupChat(group, "after")
            try joiner.message("after")
            entry = try #require(try conversations(joiner).first)
            #expect(entry["lastSeq"] == 4 && entry["readSeq"] == 3 && entry["unread"] == 1)
            #expect(entry["last"]?["text"] == "after" && entry["position"] == said["position"])
            #expect(joined < entry["position"]?.intValue ?? 0)
            try read(joiner, "group:\(group)", 4)
            #expect(try conversations(joiner).first?["unread"] == 0)

            try joiner.call("leavegroup", ["group": .integer(group)])
            #expect(try conversations(joiner).isEmpty)
            try owner.groupChat(group, "meanwhile")
            try joiner.call("joingroup", ["group": .integer(group)])
            entry = try #require(try conversations(joiner).first)
            #expect(entry["lastSeq"] == 5 && entry["readSeq"] == 5 && entry["last"] == nil)
        }

        @Test func conversationsComeNewestFirstInPages() throws {
            let me = try cluster.register("me")
            let others = try (1...5).map { try cluster.register("other\($0)") }
            let client = try cluster.client(me)
            let group = try client.createGroup("quiet")
            for other in others { try client.chat(other, "hello") }
            try client.chat(others[1], "again")
            let all = try conversations(client)
            let positions = all.compactMap { $0["position"]?.intValue }
            #expect(all.count == 6 && positions == positions.sorted(by: >))
            #expect(all.first?["with"]?["name"]?.stringValue == others[1])
            #expect(all.last?["group"]?["id"] == .integer(group) && all.last?["last"] == nil)
            var found: [Int64] = []
            var params: JSONObject = ["limit": 2]
            while true {
                let page = try client.call("conversations", params)
                found += (page["conversations"]?.arrayValue ?? []).compactMap { $0["position"]?.intValue }
                guard page["more"] == true else { break }
                params["before"] = .integer(try #require(found.last))
            }
            #expect(found == positions)
            #expect(try client.refusal("conversations", ["limit": 0]) == ClientRefusal(-32602, param: "limit"))
        }

        @Test func onlyParticipantsRead() throws {
            let names = try ["anna", "bert", "carl"].map { try cluster.register($0) }
            let clients = try names.map { try cluster.client($0) }
            let sent = try clients[0].chat(names[1], "private")
            let direct: JSONObject = ["conversation": try #require(sent["conversation"]), "seq": 1]
            #expect(try clients[2].refusal("read", direct) == ClientRefusal(403, "forbidden"))
            let group = try clients[0].createGroup("closed", visibility: "invite")
            let closed: JSONObject = ["conversation": .string("group:\(group)"), "seq": 1]
            #expect(try clients[2].refusal("read", closed) == ClientRefusal(403, "not_a_member"))
            #expect(
                try clients[2].refusal("read", ["conversation": "group:999999", "seq": 1])
                    == ClientRefusal(403, "not_a_member"))
            for wrong in [["conversation": "group:x", "seq": 1], ["conversation": "group:1", "seq": -1]] as [JSONObject]
            {
                #expect(try clients[0].refusal("read", wrong)?.code == -32602)
            }
            #expect(try cluster.client(0).refusal("conversations") == ClientRefusal(401, "not_logged_in"))
        }
    }
}
