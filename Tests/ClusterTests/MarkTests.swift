import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// Contract: M3, M4, M5, P2, S6, V9.
    @Suite("Edits, recalls and reactions")
    struct MarkTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        /// Two users and what they say to each other is called.
        func pair() throws -> (names: [String], writer: ScriptedClient, conversation: JSONValue) {
            let names = try ["writer", "reader"].map { try cluster.register($0) }
            let writer = try cluster.client(names[0], device: "phone")
            let reader = try cluster.client(names[1], device: "away", on: 1)
            let ids = try [writer, reader].map { try $0.ownID() }
            reader.close()
            return (names, writer, .string("direct:\(ids.min() ?? 0):\(ids.max() ?? 0)"))
        }

        @Test func anEditReachesEverySessionButItsOwnAndIsInTheHistory() throws {
            let (names, writer, conversation) = try pair()
            let desk = try cluster.client(names[0], device: "desk", on: 1)
            let reader = try cluster.client(names[1], device: "phone", on: 1)
            try writer.chat(names[1], "frist")
            try reader.message("frist")
            let edit: JSONObject = ["conversation": conversation, "seq": 1, "text": "first"]
            let position = try writer.call("edit", edit)["position"]
            for client in [desk, reader] {
                let push = try client.push("edited")
                #expect(push.params["position"] == position)
                #expect(push.params["conversation"] == conversation && push.params["seq"] == 1)
                #expect(push.params["text"] == "first")
                #expect(push.params["by"]?["name"]?.stringValue == names[0])
                #expect(push.params["at"]?.stringValue?.hasSuffix("Z") == true)
            }
            for client in [writer, reader] {
                let shown = try client.history(conversation.stringValue ?? "")
                #expect(shown.map { $0["text"] } == ["first"] && shown[0]["edited"] == true)
            }
            try writer.chat(names[1], "fence")
            #expect(!writer.pushes.contains { $0.method == "edited" })
        }

        @Test func aRecalledTextIsGoneFromEverythingThatOneCanRead() throws {
            let (names, writer, conversation) = try pair()
            let reader = try cluster.client(names[1], device: "phone", on: 1)
            try writer.chat(names[1], "secret one")
            try writer.chat(names[1], "kept")
            try writer.call("edit", ["conversation": conversation, "seq": 1, "text": "secret two"])
            let recall: JSONObject = ["conversation": conversation, "seq": 1]
            let position = try writer.call("recall", recall)["position"]
            let push = try reader.push("recalled")
            #expect(push.params["position"] == position && push.params["text"] == nil)
            #expect(push.params["by"]?["name"]?.stringValue == names[0])

            let away = try cluster.client(names[1], device: "away")
            try away.push("recalled")
            try away.push("caughtup")
            #expect(away.pushes.filter { $0.position > 0 }.map(\.method).contains("edited"))
            #expect(away.texts == ["", "kept"])
            #expect(away.messages[0]["recalled"] == true && away.messages[1]["recalled"] == nil)
            for client in [away, writer] {
                let shown = try client.history(conversation.stringValue ?? "")
                #expect(shown.map { $0["text"] } == ["", "kept"] && shown[0]["recalled"] == true)
                #expect(!JSONValue.array(shown).description.contains("secret"))
            }
            #expect(!away.pushes.contains { $0.params.description.contains("secret") })
            let again: JSONObject = ["conversation": conversation, "seq": 1, "text": "x", "emoji": "x"]
            for method in ["recall", "edit", "react"] {
                #expect(try writer.refusal(method, again) == ClientRefusal(404, "no_such_message"))
            }
            // It can still be answered: its number is there to be read.
            try writer.call("chat", ["to": .string(names[1]), "text": "about that", "replyTo": 1])
        }

        @Test func aBacklogShowsMessagesInTheirLatestForm() throws {
            let (names, writer, conversation) = try pair()
            for text in ["one", "two", "three"] { try writer.chat(names[1], text) }
            for text in ["zwo", "deux"] {
                try writer.call("edit", ["conversation": conversation, "seq": 2, "text": .string(text)])
            }
            try writer.call("react", ["conversation": conversation, "seq": 3, "emoji": "👍"])
            let away = try cluster.client(names[1], device: "away", on: 1)
            try away.push("caughtup")
            #expect(away.texts == ["one", "deux", "three"])
            #expect(away.messages.map { $0["edited"] } == [nil, true, nil])
            #expect(away.messages[2]["reactions"]?["👍"]?["count"] == 1)
            let feed = away.pushes.filter { $0.method != "presence" }
            #expect(
                feed.map(\.method) == ["message", "message", "message", "edited", "edited", "reaction", "caughtup"])
            #expect(feed.map(\.position) == feed.map(\.position).sorted())
            #expect(feed.filter { $0.method == "edited" }.map { $0.params["text"] } == ["deux", "deux"])
        }

        @Test func whoLeftGetsTheFormThatItHadThenButNothingRecalled() throws {
            let names = try ["owner", "leaver"].map { try cluster.register($0) }
            let owner = try cluster.client(names[0])
            let leaver = try cluster.client(names[1], device: "phone", on: 1)
            try cluster.client(names[1], device: "away", on: 1).close()
            let group = try owner.createGroup("marks")
            let conversation = JSONValue.string("group:\(group)")
            try leaver.call("joingroup", ["group": .integer(group)])
            for text in ["one", "two", "secret"] { try owner.groupChat(group, text) }
            try owner.call("edit", ["conversation": conversation, "seq": 1, "text": "then"])
            try leaver.push("edited")
            try leaver.call("leavegroup", ["group": .integer(group)])
            for seq in [1, 2] as [JSONValue] {
                try owner.call("edit", ["conversation": conversation, "seq": seq, "text": "afterwards"])
            }
            try owner.call("react", ["conversation": conversation, "seq": 1, "emoji": "👍"])
            try owner.call("recall", ["conversation": conversation, "seq": 3])
            try owner.chat(names[1], "fence")
            try leaver.message("fence")
            #expect(leaver.pushes.count { ["edited", "recalled", "reaction"].contains($0.method) } == 1)

            let away = try cluster.client(names[1], device: "away")
            try away.message("fence")
            #expect(away.texts == ["then", "two", "", "fence"])
            #expect(away.messages.map { $0["edited"] } == [true, nil, nil, nil])
            #expect(away.messages.map { $0["reactions"] } == [nil, nil, nil, nil])
            #expect(away.pushes.count { ["edited", "recalled", "reaction"].contains($0.method) } == 1)
        }

        @Test func whoJoinedLaterIsToldOfNothingThatWasSaidBefore() throws {
            let names = try ["owner", "joiner"].map { try cluster.register($0) }
            let owner = try cluster.client(names[0])
            let joiner = try cluster.client(names[1], device: "phone", on: 1)
            try cluster.client(names[1], device: "away", on: 1).close()
            let group = try owner.createGroup("marks")
            let conversation = JSONValue.string("group:\(group)")
            try owner.groupChat(group, "before")
            try joiner.call("joingroup", ["group": .integer(group)])
            try owner.groupChat(group, "after")
            for seq in [1, 2] as [JSONValue] {
                try owner.call("edit", ["conversation": conversation, "seq": seq, "text": "edited"])
                try owner.call("react", ["conversation": conversation, "seq": seq, "emoji": "👍"])
                try owner.call("recall", ["conversation": conversation, "seq": seq])
            }
            let away = try cluster.client(names[1], device: "away")
            for client in [joiner, away] {
                try client.push("recalled") { $0["seq"] == 2 }
                let marks = client.pushes.filter { ["edited", "recalled", "reaction"].contains($0.method) }
                #expect(marks.map { $0.params["seq"] } == [2, 2, 2])
            }
            for method in ["edit", "recall", "react"] {
                let params: JSONObject = ["conversation": conversation, "seq": 1, "text": "x", "emoji": "x"]
                #expect(try joiner.refusal(method, params) == ClientRefusal(404, "no_such_message"))
            }
        }

        @Test func onlyTheSenderEditsAndOnlyParticipantsMark() throws {
            let names = try ["owner", "member", "stranger"].map { try cluster.register($0) }
            let clients = try names.map { try cluster.client($0) }
            let group = try clients[0].createGroup("marks")
            try clients[1].call("joingroup", ["group": .integer(group)])
            try clients[0].groupChat(group, "by the owner")
            try clients[1].groupChat(group, "by a member")
            try clients[0].chat(names[1], "between two")
            let ids = try clients.map { try $0.ownID() }
            func mark(_ conversation: String, _ seq: Int64) -> JSONObject {
                ["conversation": .string(conversation), "seq": .integer(seq), "text": "x", "emoji": "👍"]
            }
            let place = "group:\(group)"
            let direct = "direct:\(min(ids[0], ids[1])):\(max(ids[0], ids[1]))"
            for method in ["edit", "recall"] {
                #expect(try clients[1].refusal(method, mark(place, 1)) == ClientRefusal(403, "not_allowed"))
                #expect(try clients[1].refusal(method, mark(direct, 1)) == ClientRefusal(403, "not_allowed"))
            }
            #expect(try clients[0].refusal("edit", mark(place, 2)) == ClientRefusal(403, "not_allowed"))
            for method in ["edit", "recall", "react"] {
                #expect(try clients[2].refusal(method, mark(place, 1)) == ClientRefusal(403, "not_a_member"))
                #expect(try clients[2].refusal(method, mark("group:999999", 1)) == ClientRefusal(403, "not_a_member"))
                #expect(try clients[2].refusal(method, mark(direct, 1)) == ClientRefusal(403, "forbidden"))
                #expect(try clients[0].refusal(method, mark(place, 99)) == ClientRefusal(404, "no_such_message"))
                #expect(
                    try clients[0].refusal(method, mark("direct:2:1", 1))
                        == ClientRefusal(-32602, param: "conversation"))
                #expect(try clients[0].refusal(method, mark(place, 0)) == ClientRefusal(-32602, param: "seq"))
            }
            for text in ["", String(repeating: "x", count: 16_385)] {
                var params = mark(place, 1)
                params["text"] = .string(text)
                #expect(try clients[0].refusal("edit", params) == ClientRefusal(-32602, param: "text"))
            }
            // The owner takes back what a member said.
            try clients[0].call("recall", mark(place, 2))
            try clients[1].push("recalled")
            #expect(try clients[1].history(place).map { $0["text"] } == ["by the owner", ""])
        }

        @Test func aMarkUnderAKeyHappensOnce() throws {
            let (names, writer, conversation) = try pair()
            try writer.chat(names[1], "once")
            let edit: JSONObject = ["conversation": conversation, "seq": 1, "text": "edited", "key": "k1"]
            let first = try writer.call("edit", edit)
            try writer.call("recall", ["conversation": conversation, "seq": 1])
            // Though by now nothing could be edited any more.
            let elsewhere = try cluster.client(names[0], device: "desk", on: 1)
            let second = try elsewhere.call("edit", edit)
            #expect(second["position"] == first["position"] && second["duplicate"] == true)
            var other = edit
            other["text"] = "something else"
            #expect(try elsewhere.refusal("edit", other) == ClientRefusal(409, "key_reused"))
        }

        @Test func ofAnEditAndARecallAtOnceNoEditComesAfterTheRecall() throws {
            let (names, writer, conversation) = try pair()
            let desk = try cluster.client(names[0], device: "desk", on: 1)
            for seq in 1...20 as ClosedRange<Int64> {
                try writer.chat(names[1], "racing")
                let message: JSONObject = ["conversation": conversation, "seq": .integer(seq), "text": "edited"]
                let edit = try writer.send("edit", message)
                let recall = try desk.send("recall", message)
                let recalled = try desk.reply(to: recall)["position"]?.intValue ?? 0
                switch Result(catching: { () throws(ClientFailure) in try writer.reply(to: edit) }) {
                case .success(let result): #expect(result["position"]?.intValue ?? Int64.max < recalled)
                case .failure(.refused(let refusal)): #expect(refusal == ClientRefusal(404, "no_such_message"))
                case .failure(let failure): throw failure
                }
            }
            try eventually("no text is left") {
                try writer.history(conversation.stringValue ?? "").allSatisfy { $0["text"] == "" }
            }
        }

        @Test func reactionsAreCountedAndNameTheirFirstUsers() throws {
            let names = try (0..<12).map { _ in try cluster.register("member") }
            let clients = try names.enumerated().map { try cluster.client($1, on: $0 % 2) }
            let group = try clients[0].createGroup("marks")
            for client in clients.dropFirst() { try client.call("joingroup", ["group": .integer(group)]) }
            try clients[0].groupChat(group, "like me")
            let place: JSONObject = ["conversation": .string("group:\(group)"), "seq": 1]
            func react(_ client: ScriptedClient, _ emoji: String, remove: Bool = false) throws -> JSONValue? {
                var params = place
                params["emoji"] = .string(emoji)
                if remove { params["remove"] = true }
                return try client.call("react", params)["position"]
            }
            let positions = try clients.map { try react($0, "👍")?.intValue ?? 0 }
            #expect(positions == positions.sorted() && positions.allSatisfy { $0 > 0 })
            #expect(try react(clients[3], "👍") == .null)
            #expect(try react(clients[3], "🎉", remove: true) == .null)
            let position = try react(clients[1], "👍", remove: true)
            let push = try clients[0].push("reaction") { $0["removed"] == true }
            #expect(push.params["position"] == position && push.params["emoji"] == "👍")
            #expect(push.params["by"]?["name"]?.stringValue == names[1])
            #expect(clients[0].pushes.count { $0.method == "reaction" } == 12)
            let ids = try clients.map { JSONValue.integer(try $0.ownID()) }
            let shown = try clients[0].history("group:\(group)")[0]["reactions"]?["👍"]
            #expect(shown?["count"] == 11)
            #expect(shown?["users"] == .array([ids[0]] + ids[2...10]))

            for number in 0..<19 { _ = try react(clients[0], "e\(number)") }
            var more = place
            more["emoji"] = "one more"
            #expect(try clients[0].refusal("react", more) == ClientRefusal(-32602, param: "emoji"))
            more["emoji"] = "more"
            #expect(try clients[0].refusal("react", more) == ClientRefusal(413, "too_many"))
            _ = try react(clients[0], "e7", remove: true)
            _ = try react(clients[5], "more")
        }
    }
}
