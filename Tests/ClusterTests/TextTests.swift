import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Texts")
    struct TextTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        private static let hard: [String] = [
            "it's", "'; drop table chat_log.events; --", "nul \u{0} and \u{1} \u{7f}", #"" \ / \" \\u0000 \\"#,
            "😀👩‍👩‍👧‍👦🇪🇺 é e\u{301} \u{FFFD} \u{FFFF} \u{10FFFF} \u{2028}", "line\r\n\tend\n", " ", "{\"text\":\"x\"}",
            "%s %n $1 \\x00",
            String(repeating: "a", count: 16_384), String(repeating: "😀", count: 4_096),
            String(repeating: "\u{0}", count: 10_000),
        ]

        private func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

        /// Contract: V8, P1.
        @Test func everyCharacterSurvivesPushHistoryAndOfflineByteForByte() throws {
            let writer = try cluster.register("writer")
            let reader = try cluster.register("reader")
            let sender = try cluster.client(writer)
            let live = try cluster.client(reader, device: "live", on: 1)
            _ = try cluster.client(reader, device: "away", on: 1)
            for text in Self.hard { try sender.chat(reader, text) }
            try live.wait("all live") { $0.texts.count >= Self.hard.count }
            #expect(bytes(live.texts) == bytes(Self.hard))

            let away = try cluster.client(reader, device: "away")
            try away.wait("all offline") { $0.texts.count >= Self.hard.count }
            #expect(bytes(away.texts) == bytes(Self.hard))

            let conversation = try #require(live.messages.first?["conversation"]?.stringValue)
            for client in [sender, live] {
                let texts = try client.history(conversation).compactMap { $0["text"]?.stringValue }
                #expect(bytes(texts) == bytes(Self.hard))
            }
        }

        /// Contract: V8, L2.
        @Test func aTextOneByteTooLongIsRefusedAndAnEmptyOneToo() throws {
            let writer = try cluster.register("long")
            let sender = try cluster.client(writer)
            let other = try cluster.register("other")
            let refusal = ClientRefusal(-32602, param: "text")
            for text in [String(repeating: "a", count: 16_385), String(repeating: "é", count: 8_193), ""] {
                let params: JSONObject = ["to": .string(other), "text": .string(text)]
                #expect(try sender.refusal("chat", params) == refusal)
            }
        }

        /// Contract: M1.
        @Test func theSecondOfTwoIdenticalTextsIsDelivered() throws {
            let writer = try cluster.register("twice")
            let reader = try cluster.register("gets")
            let sender = try cluster.client(writer)
            let live = try cluster.client(reader, device: "live", on: 1)
            _ = try cluster.client(reader, device: "away", on: 1)
            let first = try sender.chat(reader, "same")
            let second = try sender.chat(reader, "same")
            #expect(first["seq"] == 1 && second["seq"] == 2)
            try live.wait("both") { $0.texts == ["same", "same"] }
            let away = try cluster.client(reader, device: "away")
            try away.wait("both") { $0.texts == ["same", "same"] }
        }

        /// Contract: V7, A2, E4.
        @Test(arguments: [["Ann", "ann", "ANN"], ["ﬁnn", "finn", "FINN"], ["Strasse", "straße", "STRASSE"]])
        func fiftyClientsOnTwoNodesRegisterOneName(_ spellings: [String]) throws {
            let suffix = String(Int.random(in: 100_000..<1_000_000))
            let attempts = (0..<50).map { number in
                Background { [ports = cluster.ports] () throws -> Int64 in
                    let client = try ScriptedClient(port: ports[number % 2])
                    let params: JSONObject = [
                        "name": .string(spellings[number % 3] + suffix), "password": .string("password \(number)"),
                    ]
                    return try client.refusal("register", params)?.code ?? 0
                }
            }
            let codes = try attempts.map { try $0.value() }
            #expect(codes.filter { $0 == 0 }.count == 1)
            #expect(codes.filter { $0 == 409 }.count == 49)
            let rows = try cluster.query("select id from chat.users where name ilike '%\(suffix)'")
            #expect(rows.count <= 1)
        }
    }
}
