import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// Contract: M9.
    @Suite("History")
    struct HistoryTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        /// Two users who have said so many messages, "1" the first; how what they say is called.
        func talk(_ count: Int) throws -> (clients: [ScriptedClient], conversation: String) {
            let names = try ["one", "other"].map { try cluster.register($0) }
            let clients = try names.enumerated().map { try cluster.client($1, on: $0) }
            let requests = try (0..<count).map {
                try clients[0].send("chat", ["to": .string(names[1]), "text": .string("\($0 + 1)")])
            }
            for request in requests { _ = try clients[0].reply(to: request) }
            let ids = try clients.map { try $0.ownID() }
            return (clients, "direct:\(min(ids[0], ids[1])):\(max(ids[0], ids[1]))")
        }

        /// The log is ahead of the table of members: often enough one of these comes in between.
        @Test func whoWasPutOutReadsNothingOfWhatWasSaidSince() throws {
            let names = try ["owner", "kicked"].map { try cluster.register($0) }
            let owner = try cluster.client(names[0])
            let kicked = try cluster.client(names[1])
            let id = JSONValue.integer(try kicked.ownID())
            for round in 0..<20 {
                let group = try owner.createGroup("group \(round)")
                try kicked.call("joingroup", ["group": .integer(group)])
                try owner.call("kick", ["group": .integer(group), "user": id])
                try owner.groupChat(group, "secret")
                let refusal = try kicked.refusal("history", ["conversation": .string("group:\(group)")])
                #expect(refusal == ClientRefusal(403, "not_a_member"), "round \(round)")
            }
        }

        @Test func aPageLiesBetweenItsBoundsAndIsTheNewestUnlessOnlyAfterIsGiven() throws {
            let (clients, conversation) = try talk(10)
            func page(_ bounds: JSONObject) throws -> (seqs: [Int64], more: JSONValue?) {
                var params = bounds
                params["conversation"] = .string(conversation)
                let result = try clients[1].call("history", params)
                let messages = result["messages"]?.arrayValue ?? []
                #expect(messages.map { $0["text"]?.stringValue } == messages.map { "\($0["seq"]?.intValue ?? 0)" })
                return (messages.compactMap { $0["seq"]?.intValue }, result["more"])
            }
            let cases: [(JSONObject, [Int64], JSONValue)] = [
                ([:], Array(1...10), false), (["limit": 3], [8, 9, 10], true), (["before": 4], [1, 2, 3], false),
                (["before": 9, "limit": 2], [7, 8], true), (["after": 3, "limit": 2], [4, 5], true),
                (["after": 8], [9, 10], false), (["after": 3, "before": 8], [4, 5, 6, 7], false),
                (["after": 3, "before": 8, "limit": 2], [6, 7], true), (["after": 3, "before": 4], [], false),
                (["after": 8, "before": 3], [], false), (["after": 10], [], false), (["before": 1], [], false),
                (["before": 0], [], false), (["after": 0, "limit": 10], Array(1...10), false),
                (["before": 1_000_000, "limit": 1], [10], true), (["after": 9_000_000_000_000_000_000], [], false),
                (["after": .null, "before": .null, "limit": .null], Array(1...10), false),
            ]
            for (bounds, seqs, more) in cases {
                let found = try page(bounds)
                #expect(found.seqs == seqs && found.more == more, "\(JSONValue.object(bounds))")
            }
        }

        @Test func aPageHas50MessagesByDefaultAndAtMost200() throws {
            let (clients, conversation) = try talk(205)
            let params: JSONObject = ["conversation": .string(conversation)]
            #expect(try clients[0].call("history", params)["messages"]?.arrayValue?.count == 50)
            var more = params
            more["limit"] = 1_000
            let page = try clients[0].call("history", more)
            #expect(page["messages"]?.arrayValue?.count == 200 && page["more"] == true)
            #expect(page["messages"]?[0]?["seq"] == 6)
            for limit in [0, -1, "5", true] as [JSONValue] {
                var wrong = params
                wrong["limit"] = limit
                #expect(try clients[0].refusal("history", wrong) == ClientRefusal(-32602, param: "limit"))
            }
        }

        @Test func whatIsNoConversationIsABadParameter() throws {
            let (clients, conversation) = try talk(1)
            let ids = conversation.split(separator: ":")
            let malformed: [JSONValue] = [
                .null, 7, "", "group", "group:", "group:x", "group:0", "group:-1", "group:07", "group:7:8", "group: 7",
                "Group:7", "direct:3", "direct:3:", "direct:3:3", "direct:9:3", "direct:+3:9", "direct:3:9:1",
                "direct:3:99999999999999999999", "messages:group:7", ["group", 7], .string("\(conversation) "),
                .string("direct:\(ids[2]):\(ids[1])"), "group:\u{661}",
            ]
            for value in malformed {
                for method in ["history", "edit", "recall", "react"] {
                    let params: JSONObject = ["conversation": value, "seq": 1, "text": "x", "emoji": "x"]
                    #expect(
                        try clients[0].refusal(method, params) == ClientRefusal(-32602, param: "conversation"),
                        "\(method) \(value)")
                }
            }
        }

        @Test func onlyTheTwoAndOnlyMembersRead() throws {
            let (clients, conversation) = try talk(1)
            let stranger = try cluster.client(try cluster.register("stranger"), on: 1)
            #expect(
                try stranger.refusal("history", ["conversation": .string(conversation)])
                    == ClientRefusal(403, "forbidden"))
            let own = try stranger.ownID()
            #expect(try stranger.history("direct:\(own):\(own + 1_000_000)").isEmpty)
            let group = try clients[0].createGroup("readers")
            for place in ["group:\(group)", "group:999999999"] {
                #expect(
                    try stranger.refusal("history", ["conversation": .string(place)])
                        == ClientRefusal(403, "not_a_member"))
            }
            try clients[0].call("deletegroup", ["group": .integer(group)])
            #expect(
                try clients[0].refusal("history", ["conversation": .string("group:\(group)")])
                    == ClientRefusal(403, "not_a_member"))
            let nobody = try cluster.client()
            #expect(
                try nobody.refusal("history", ["conversation": .string(conversation)])
                    == ClientRefusal(401, "not_logged_in"))
        }

        @Test func aGroupShowsWhatWasSaidSinceOneLastJoined() throws {
            let names = try ["owner", "mover"].map { try cluster.register($0) }
            let owner = try cluster.client(names[0])
            let mover = try cluster.client(names[1], on: 1)
            let group = try owner.createGroup("moving")
            let params: JSONObject = ["group": .integer(group)]
            let place = "group:\(group)"
            for round in 1...3 as ClosedRange<Int64> {
                try owner.groupChat(group, "outside \(round)")
                try mover.call("joingroup", params)
                #expect(try mover.history(place).isEmpty)
                try owner.groupChat(group, "inside \(round)")
                try mover.message("inside \(round)")
                let shown = try mover.history(place)
                #expect(shown.map { $0["text"] } == [.string("inside \(round)")])
                #expect(shown[0]["seq"] == .integer(2 * round))
                let before: JSONObject = ["conversation": .string(place), "before": .integer(2 * round)]
                #expect(try mover.call("history", before) == ["messages": [], "more": false])
                let reply: JSONObject = ["group": .integer(group), "text": "x", "replyTo": .integer(2 * round - 1)]
                #expect(try mover.refusal("groupchat", reply) == ClientRefusal(404, "no_such_message"))
                try mover.call("leavegroup", params)
                #expect(
                    try mover.refusal("history", ["conversation": .string(place)])
                        == ClientRefusal(403, "not_a_member"))
            }
            #expect(try owner.history(place).count == 6)
        }

        @Test func aPageEndsWhereTheFrameDoesAndTheNextGoesOn() throws {
            let (clients, conversation) = try talk(1)
            // Escaped, it takes six times as many bytes as it has.
            let text = String(repeating: "\u{1}", count: 10_000)
            let ids = conversation.split(separator: ":").compactMap { Int64($0) }
            let own = try clients[0].ownID()
            let other = ids.first { $0 != own } ?? 0
            for _ in 0..<30 { try clients[0].call("chat", ["to": .integer(other), "text": .string(text)]) }
            var params: JSONObject = ["conversation": .string(conversation), "limit": 200]
            var seqs: [Int64] = []
            var pages = 0
            while true {
                let page = try clients[1].call("history", params)
                pages += 1
                #expect(page.encoded().count < (1 << 20) - 64)
                let found = (page["messages"]?.arrayValue ?? []).compactMap { $0["seq"]?.intValue }
                #expect(!found.isEmpty && found == found.sorted())
                seqs = found + seqs
                guard page["more"] == true, let first = found.first else { break }
                params["before"] = .integer(first)
            }
            #expect(seqs == Array(1...31))
            #expect(pages > 1)
        }
    }
}
