import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Rates")
    struct RateTests {
        private func cluster(_ settings: String...) throws -> ClusterFixture {
            try ClusterFixture(nodes: 1, settings: settings)
        }

        private func attempt(_ cluster: ClusterFixture, _ params: JSONObject) throws -> ClientRefusal? {
            var params = params
            if params["password"] == nil { params["password"] = "not this one" }
            return try cluster.client().refusal("login", params)
        }

        private func expectLimited(_ refusal: ClientRefusal?) {
            #expect(refusal == ClientRefusal(429, "rate_limited"))
            #expect((1...60_000).contains(refusal?.retryAfter ?? 0))
        }

        /// Contract: L8.
        @Test func failedLoginsOfAnAccountAreLimitedByNameAndNumberTogether() throws {
            let cluster = try cluster("rate.login-failures=4")
            let name = try cluster.register("guessed")
            let other = try cluster.register("other")
            let client = try cluster.client()
            let login = try client.login(name)
            let id = try #require(login["user"]?["id"])
            let wrong = ClientRefusal(401, "bad_credentials")
            for _ in 1...2 {
                #expect(try attempt(cluster, ["name": .string(name)]) == wrong)
                #expect(try attempt(cluster, ["user": id]) == wrong)
            }
            let right = JSONValue.string(ScriptedClient.password)
            expectLimited(try attempt(cluster, ["name": .string(name), "password": right]))
            expectLimited(try attempt(cluster, ["user": id]))
            let change: JSONObject = ["old": right, "new": "another battery"]
            expectLimited(try client.refusal("changepassword", change))
            expectLimited(try client.refusal("deleteaccount", ["password": right]))
            #expect(try attempt(cluster, ["name": .string(other), "password": right]) == nil)
            // A token is no guess.
            try cluster.client().login(token: try #require(login["token"]?.stringValue))
            // Whether there is such an account is not told by this either.
            for _ in 1...4 { #expect(try attempt(cluster, ["name": "nobody-at-all"]) == wrong) }
            expectLimited(try attempt(cluster, ["name": "nobody-at-all"]))
        }

        /// Contract: L9.
        @Test func failedLoginsOfAnAddressAreLimitedWhateverTheAccount() throws {
            let cluster = try cluster("rate.login-failures-address=3")
            let name = try cluster.register("innocent")
            for number in 1...3 {
                let refusal = try attempt(cluster, ["name": .string("nobody\(number)")])
                #expect(refusal == ClientRefusal(401, "bad_credentials"))
            }
            let right = JSONValue.string(ScriptedClient.password)
            expectLimited(try attempt(cluster, ["name": .string(name), "password": right]))
        }

        /// Contract: L9.
        @Test func tokensThatAreNotGoodCountForTheirAddress() throws {
            let cluster = try cluster("rate.login-failures-address=4")
            let name = try cluster.register("holder")
            let ended = try cluster.client()
            let old = try #require(try ended.login(name)["token"])
            try ended.call("logout")
            let good = try #require(try cluster.client().login(name)["token"]?.stringValue)
            for token in [old, "no token at all", old, "1.AAAA"] {
                let refusal = try cluster.client().refusal("login", ["token": token])
                #expect(refusal == ClientRefusal(401, "bad_token"))
            }
            for token in [old, "no token at all"] {
                expectLimited(try cluster.client().refusal("login", ["token": token]))
            }
            expectLimited(try attempt(cluster, ["name": .string(name)]))
            try cluster.client().login(token: good)
        }

        /// Contract: L10.
        @Test func registrationsOfAnAddressAreLimited() throws {
            let cluster = try cluster("rate.registrations=2")
            for name in ["one", "two"] { _ = try cluster.register(name) }
            let params: JSONObject = ["name": "three", "password": .string(ScriptedClient.password)]
            expectLimited(try cluster.client().refusal("register", params))
        }

        /// Contract: L7.
        @Test func commandsOfAConnectionAreLimitedButAckAndPingAreNot() throws {
            let cluster = try cluster("rate.commands=1", "rate.burst=5")
            let name = try cluster.register("busy")
            let client = try cluster.client(name)
            let ids = try (1...20).map { _ in try client.send("groups") }
            var limited = 0
            for id in ids {
                do throws(ClientFailure) {
                    _ = try client.reply(to: id)
                } catch {
                    guard case .refused(let refusal) = error else { throw error }
                    expectLimited(refusal)
                    limited += 1
                }
            }
            #expect(limited >= 10)
            for _ in 1...20 { try client.call("ping") }
            for _ in 1...20 { try client.call("ack", ["position": 0]) }
            // Another connection has its own allowance, and this one has it again.
            try cluster.client(name, device: "other").call("groups")
            try eventually("the allowance comes back") { try client.refusal("groups") == nil }
        }

        /// A full queue is told at once, and holds up nobody who needs none.
        @Test func tooManyPasswordsAtOnceAreRefusedAndTokensAreNot() throws {
            let cluster = try cluster("password.queue=1", "password.memory=65536", "password.operations=3")
            let name = try cluster.register("crowd")
            let token = try #require(try cluster.client().login(name)["token"]?.stringValue)
            let params: JSONObject = ["name": .string(name), "password": .string(ScriptedClient.password)]
            let clients = try (1...20).map { _ in try cluster.client() }
            let ids = try clients.map { try $0.send("login", params) }
            try cluster.client().call("login", ["token": .string(token), "feed": false])
            var refused = 0
            for (client, id) in zip(clients, ids) {
                do throws(ClientFailure) {
                    _ = try client.reply(to: id)
                } catch {
                    if case .closed = error { continue }
                    guard case .refused(let refusal) = error else { throw error }
                    #expect(refusal == ClientRefusal(503, "unavailable"))
                    #expect((refusal.retryAfter ?? 0) > 0)
                    refused += 1
                }
            }
            #expect((1..<20).contains(refused))
            try cluster.client().login(name)
        }
    }
}
