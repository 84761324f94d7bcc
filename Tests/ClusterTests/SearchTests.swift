import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// Contract: M11.
    @Suite("Search")
    struct SearchTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        /// Asks until everything that the client was answered is looked at.
        private func search(
            _ client: ScriptedClient, _ query: String, _ params: JSONObject = [:], upTo position: Int64
        ) throws -> JSONValue {
            var wanted = params
            wanted["query"] = .string(query)
            var result = JSONValue.null
            try eventually("the search has reached \(position)") {
                result = try client.call("search", wanted)
                return result["upTo"]?.intValue ?? 0 >= position
            }
            return result
        }

        private func texts(_ result: JSONValue) -> [String] {
            (result["messages"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }
        }

        @Test func textsOfAnyScriptAreFoundByAnyPart() throws {
            let names = try ["anna", "bert"].map { try cluster.register($0) }
            let anna = try cluster.client(names[0])
            let bert = try cluster.client(names[1], on: 1)
            let said = [
                "Straßenbahn um ACHT", "明日は東京に行きます", "今天我们去北京", "한국어로 검색합니다", "Привет, мир", "ﬁrst ﬂoor", "a\u{0}b",
                "100% _sure_ \\o/",
            ]
            var last: Int64 = 0
            for text in said { last = try anna.chat(names[1], text)["position"]?.intValue ?? 0 }
            let expected = [
                "STRASSE": said[0], "enba": said[0], "acht": said[0], "東京": said[1], "に行": said[1], "北京": said[2],
                "我们": said[2], "검색": said[3], "한국어로": said[3], "ПРИВ": said[4], "FIRST": said[5], "fl": said[5],
                "a\u{0}b": said[6], "0% _s": said[7], "\\o": said[7],
            ]
            for (query, text) in expected {
                for client in [anna, bert] {
                    #expect(texts(try search(client, query, upTo: last)) == [text], "\(query)")
                }
            }
            #expect(texts(try search(anna, "京北", upTo: last)).isEmpty, "the pairs must stand together")
            let found = try #require(try search(bert, "acht", upTo: last)["messages"]?[0])
            #expect(found["seq"] == 1 && found["from"]?["name"]?.stringValue == names[0])
            #expect(found == (try bert.history("direct:\(try ids(names))"))[0])
        }

        /// The two users' ids as they stand in the name of their conversation.
        private func ids(_ names: [String]) throws -> String {
            let client = try cluster.client(names[0], device: "ids")
            let entry = try client.call("conversations")["conversations"]?[0]?["conversation"]?.stringValue
            return String(try #require(entry).dropFirst("direct:".count))
        }

        @Test func onlyWhatHistoryWouldShowIsFound() throws {
            let names = try ["owner", "joiner", "stranger"].map { try cluster.register($0) }
            let clients = try names.map { try cluster.client($0) }
            let group = try clients[0].createGroup("searching")
            let params: JSONObject = ["group": .integer(group)]
            let filter: JSONObject = ["conversation": .string("group:\(group)")]
            try clients[0].groupChat(group, "needle before")
            try clients[1].call("joingroup", params)
            var last = try clients[0].groupChat(group, "needle inside")["position"]?.intValue ?? 0
            #expect(texts(try search(clients[0], "NEEDLE", upTo: last)) == ["needle inside", "needle before"])
            #expect(texts(try search(clients[1], "needle", upTo: last)) == ["needle inside"])
            #expect(texts(try search(clients[1], "needle", filter, upTo: last)) == ["needle inside"])
            #expect(texts(try search(clients[2], "needle", upTo: last)).isEmpty)
            var asked = filter
            asked["query"] = "needle"
            #expect(try clients[2].refusal("search", asked) == ClientRefusal(403, "not_a_member"))
            try clients[1].call("leavegroup", params)
            #expect(texts(try search(clients[1], "needle", upTo: last)).isEmpty)
            try clients[1].call("joingroup", params)
            last = try clients[0].groupChat(group, "needle again")["position"]?.intValue ?? 0
            #expect(texts(try search(clients[1], "needle", upTo: last)) == ["needle again"])
            last = try clients[0].chat(names[1], "needle in private")["position"]?.intValue ?? 0
            #expect(texts(try search(clients[1], "needle", upTo: last)) == ["needle in private", "needle again"])
            #expect(texts(try search(clients[1], "needle", filter, upTo: last)) == ["needle again"])
            let direct = try #require(clients[0].call("conversations")["conversations"]?[0]?["conversation"])
            #expect(
                try clients[2].refusal("search", ["query": "needle", "conversation": direct])
                    == ClientRefusal(403, "forbidden"))
        }

        @Test func anEditedMessageIsFoundByItsNewTextAndARecalledOneNotAtAll() throws {
            let names = try ["anna", "bert"].map { try cluster.register($0) }
            let anna = try cluster.client(names[0])
            let sent = try anna.chat(names[1], "first draft")
            var mark: JSONObject = ["conversation": try #require(sent["conversation"]), "seq": 1]
            var edit = mark
            edit["text"] = "final version"
            let edited = try anna.call("edit", edit)["position"]?.intValue ?? 0
            #expect(texts(try search(anna, "draft", upTo: edited)).isEmpty)
            let found = try search(anna, "FINAL", upTo: edited)["messages"]?[0]
            #expect(found?["text"] == "final version" && found?["edited"] == true && found?["seq"] == 1)
            mark["key"] = "take it back"
            let recalled = try anna.call("recall", mark)["position"]?.intValue ?? 0
            #expect(texts(try search(anna, "final", upTo: recalled)).isEmpty)
        }

        @Test func whatIsFoundComesNewestFirstInPages() throws {
            let names = try ["anna", "bert"].map { try cluster.register($0) }
            let anna = try cluster.client(names[0])
            var last: Int64 = 0
            for number in 1...7 { last = try anna.chat(names[1], "page \(number)")["position"]?.intValue ?? 0 }
            var found: [String] = []
            var params: JSONObject = ["limit": 3]
            while true {
                let page = try search(anna, "page", params, upTo: last)
                found += texts(page)
                guard page["more"] == true else { break }
                params["before"] = try #require(page["messages"]?.arrayValue?.last?["position"])
            }
            #expect(found == (1...7).reversed().map { "page \($0)" })
        }

        // Two letters have no mark of their own: every text is looked at, from the newest on.
        @Test func aSearchGoesOnUntilItHasFoundWhatThereIs() throws {
            let names = try ["anna", "bert"].map { try cluster.register($0) }
            let anna = try cluster.client(names[0])
            var last: Int64 = 0
            for number in 1...300 {
                let text = [7, 120, 121].contains(number) ? "Qx \(number)" : "other \(number)"
                last = try anna.chat(names[1], text)["position"]?.intValue ?? 0
            }
            #expect(texts(try search(anna, "qx", upTo: last)) == ["Qx 121", "Qx 120", "Qx 7"])
            let first = try search(anna, "qx", ["limit": 2], upTo: last)
            #expect(texts(first) == ["Qx 121", "Qx 120"] && first["more"] == true)
            let before = try #require(first["messages"]?.arrayValue?.last?["position"])
            let second = try search(anna, "qx", ["limit": 2, "before": before], upTo: last)
            #expect(texts(second) == ["Qx 7"] && second["more"] == false)
        }

        @Test func aQueryHasTwoToSixtyFourScalarsOnceItIsFolded() throws {
            let client = try cluster.client(try cluster.register("asker"))
            for wrong in ["", "a", String(repeating: "x", count: 65), String(repeating: "ß", count: 33)] {
                #expect(
                    try client.refusal("search", ["query": .string(wrong)]) == ClientRefusal(-32602, param: "query"))
            }
            for right in ["ß", "ab", String(repeating: "x", count: 64), "日本"] {
                #expect(try client.refusal("search", ["query": .string(right)]) == nil)
            }
            #expect(try client.refusal("search", ["query": "ab", "limit": 0]) == ClientRefusal(-32602, param: "limit"))
        }
    }
}
