import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// What the threat model promises and no other suite shows.
    @Suite("Attacks")
    struct AttackTests {
        /// What breaks out of SQL, JSON, formats, terminals, log lines and pages.
        private static let hostile = [
            "'; drop table chat_log.events; --", "\\'; select pg_sleep(9); --", "$1 $2 %s %n %@ \\(x)", "{\"a\":1}",
            "\"}\n{\"level\":\"error\"}", "a\nlevel=error msg=forged", "\u{1B}[2J\u{1B}]0;title\u{07}", "a\rb\tc\u{0}d",
            "<script>alert(1)</script>", "\u{202E}txet\u{202C}", "\u{FEFF}\u{200B}x", "../../etc/passwd",
        ]
        private static let secret = "sesame-7163"

        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        @Test func whetherAnAccountExistsIsToldByNoLogin() throws {
            let (present, deleted) = (try cluster.register("present"), try cluster.register("deleted"))
            let leaving = try cluster.client(deleted)
            try leaving.call("deleteaccount", ["password": .string(ScriptedClient.password)])
            var answers: Set<ClientRefusal?> = []
            for name in [present, deleted, "\(present)-never", "Nobody"] {
                answers.insert(
                    try cluster.client().refusal("login", ["name": .string(name), "password": .string(Self.secret)]))
            }
            for user in [try cluster.client(present).ownID(), 999_999_999] {
                answers.insert(
                    try cluster.client().refusal(
                        "login", ["user": .integer(user), "password": .string(Self.secret)]))
            }
            #expect(answers == [ClientRefusal(401, "bad_credentials")])
        }

        @Test func hostileTextsComeBackAsTheyWereWhereverTheyAreTaken() throws {
            let (writer, reader) = (try cluster.register("writer"), try cluster.register("reader"))
            let sender = try cluster.client(writer)
            let phone = try cluster.client(reader, on: 1)
            for text in Self.hostile {
                try sender.chat(reader, text)
                try phone.message(text)
                try checkDescription(text, sender)
            }
            let conversation = try #require(phone.pushes.last { $0.method == "message" }?.params["conversation"])
            let texts = try phone.history(conversation.stringValue ?? "").compactMap { $0["text"]?.stringValue }
            #expect(texts == Self.hostile)
        }

        /// A description takes anything but control characters.
        private func checkDescription(_ text: String, _ client: ScriptedClient) throws {
            let params: JSONObject = ["name": "g", "description": .string(text)]
            if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
                #expect(try client.refusal("creategroup", params) == ClientRefusal(-32602, param: "description"))
            } else {
                #expect(try client.call("creategroup", params)["group"]?["description"]?.stringValue == text)
            }
        }

        /// A field that takes no such text says so, and the connection and the server go on.
        @Test func noFieldOfAnyCommandBreaksOut() throws {
            let client = try cluster.client(try cluster.register("prober"))
            let fields: [(method: String, field: String, others: JSONObject)] = [
                ("finduser", "query", [:]), ("findgroup", "query", [:]), ("search", "query", [:]),
                ("creategroup", "name", [:]), ("addfriend", "user", [:]), ("chat", "to", ["text": "x"]),
                ("history", "conversation", [:]), ("read", "conversation", ["seq": 1]),
                ("react", "emoji", ["conversation": "group:1", "seq": 1]), ("endsession", "session", [:]),
                ("enddevice", "device", [:]), ("setrole", "role", ["group": 1, "user": 1]),
                ("updategroup", "visibility", ["group": 1]), ("changepassword", "old", ["new": "correct horse 2"]),
            ]
            for (method, field, others) in fields {
                for text in Self.hostile {
                    var params = others
                    params[field] = .string(text)
                    let refusal = try client.refusal(method, params)
                    #expect(refusal.map { $0.code != -32603 && $0.code != 503 } ?? true, "\(method) \(field)")
                }
            }
            #expect(try client.call("whoami")["user"] != nil)
            #expect(try cluster.query("select count(*) > 0 from chat_log.events") == ["t"])
        }

        @Test func nothingThatAClientSendsStandsInALog() throws {
            let name = try cluster.register("logged")
            let client = try cluster.client(name)
            try client.chat(try cluster.register("other"), "\(Self.secret)\nlevel=error forged")
            _ = try cluster.client().refusal(
                "login", ["name": .string(name), "password": .string("\(Self.secret) as a password")])
            _ = try cluster.client().refusal("login", ["token": .string("\(Self.secret)-as-a-token")])
            _ = try client.refusal("nonsense\n\(Self.secret)", ["text": .string(Self.secret)])
            try cluster.client().sendRaw("{\"method\": \"\(Self.secret)\" broken\n")
            // The answer comes behind whatever was logged before it.
            _ = try client.call("ping")
            for node in cluster.nodes { #expect(!node.wholeLog.contains(Self.secret)) }
        }
    }
}
