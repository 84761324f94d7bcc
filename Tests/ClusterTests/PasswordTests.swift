import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// Contract: A5.
    @Suite("Changing the password")
    struct PasswordTests {
        static let new = "another battery staple"

        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        private func change(
            _ old: String = ScriptedClient.password, _ new: String = new, key: String? = nil
        ) -> JSONObject {
            var params: JSONObject = ["old": .string(old), "new": .string(new)]
            if let key { params["key"] = .string(key) }
            return params
        }

        private func refusal(_ name: String, password: String, on node: Int) throws -> ClientRefusal? {
            try cluster.client(node).refusal(
                "login", ["name": .string(name), "password": .string(password), "device": "probe", "feed": false])
        }

        @Test func allOtherSessionsAndTokensEndOnEveryNodeAndThisOneStays() throws {
            let name = try cluster.register("changes")
            let here = try cluster.client(0)
            let mine = try #require(try here.login(name, device: "here")["token"]?.stringValue)
            var others: [(client: ScriptedClient, token: String)] = []
            for node in 0...1 {
                for device in ["phone", "desk"] {
                    let client = try cluster.client(node)
                    let result = try client.login(name, device: "\(device) \(node)")
                    others.append((client, try #require(result["token"]?.stringValue)))
                }
            }
            let offline = try cluster.client(1)
            let token = try #require(try offline.login(name, device: "offline")["token"]?.stringValue)
            offline.close()

            #expect(try here.call("changepassword", change()) == [:])
            for other in others {
                #expect(try other.client.push("goaway", within: .seconds(5)).params == ["reason": "revoked"])
                try other.client.waitForEnd()
            }
            for token in others.map(\.token) + [token] {
                for node in 0...1 {
                    let refusal = try cluster.client(node).refusal("login", ["token": .string(token)])
                    #expect(refusal == ClientRefusal(401, "bad_token"))
                }
            }
            let sessions = try here.call("sessions")
            #expect(sessions["sessions"]?.arrayValue?.map { $0["device"] } == ["here"])
            #expect(sessions["devices"]?.arrayValue?.count == 6)
            #expect(!here.pushes.contains { $0.method == "goaway" })
            for node in 0...1 {
                let old = try refusal(name, password: ScriptedClient.password, on: node)
                #expect(old == ClientRefusal(401, "bad_credentials"))
                #expect(try refusal(name, password: Self.new, on: node) == nil)
            }
            let again = try cluster.client(1)
            #expect(try again.login(token: mine)["device"] == "here")
        }

        @Test func aWrongOldPasswordChangesNothing() throws {
            let name = try cluster.register("wrong")
            let client = try cluster.client(name)
            let refused = try client.refusal("changepassword", change("not this one"))
            #expect(refused == ClientRefusal(401, "bad_credentials"))
            #expect(try client.refusal("changepassword", change(ScriptedClient.password, "short"))?.code == -32602)
            #expect(try refusal(name, password: ScriptedClient.password, on: 1) == nil)
            let loggedOut = try cluster.client().refusal("changepassword", change())
            #expect(loggedOut == ClientRefusal(401, "not_logged_in"))
        }

        /// Contract: R5, V10.
        @Test func aRetryUnderItsKeyHasTheFirstResultAndAnotherPasswordIsAnotherCommand() throws {
            let name = try cluster.register("retry")
            let client = try cluster.client(name)
            #expect(try client.call("changepassword", change(key: "k1")) == [:])
            #expect(try client.call("changepassword", change(key: "k1")) == ["duplicate": true])
            let reused = ClientRefusal(409, "key_reused")
            #expect(try client.refusal("changepassword", change(Self.new, "yet another one", key: "k1")) == reused)
            #expect(try client.refusal("creategroup", ["name": "g", "key": "k1"]) == reused)
            let wrong = try client.refusal("changepassword", change("not this one", key: "k2"))
            #expect(wrong == ClientRefusal(401, "bad_credentials"))
            #expect(try refusal(name, password: Self.new, on: 0) == nil)
        }
    }
}
