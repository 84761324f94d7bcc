import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Logging in")
    struct LoginTests {
        /// Contract: A3.
        @Test func aNumberNamesTheUserAsWellAsTheName() throws {
            let cluster = try ClusterFixture.shared()
            let name = try cluster.register("number")
            let id = try #require(try cluster.client().login(name)["user"]?["id"])
            let password = JSONValue.string(ScriptedClient.password)
            for user in [id, .string(name)] {
                let client = try cluster.client(1)
                #expect(try client.call("login", ["user": user, "password": password])["user"]?["id"] == id)
                let again = try client.refusal("login", ["user": user, "password": password])
                #expect(again == ClientRefusal(409, "already_logged_in"))
                #expect(try client.call("whoami")["user"]?["id"] == id)
            }
            let nobody = try cluster.client().refusal("login", ["user": 1_000_000, "password": password])
            #expect(nobody == ClientRefusal(401, "bad_credentials"))
            #expect(try cluster.client().refusal("login", ["password": password])?.code == -32602)
        }

        /// Contract: S2.
        @Test func aLoginByPasswordEndsTheDevicesFormerToken() throws {
            let cluster = try ClusterFixture.shared()
            let name = try cluster.register("former")
            let first = try #require(try cluster.client(0).login(name, device: "phone")["token"]?.stringValue)
            let other = try #require(try cluster.client(0).login(name, device: "desk")["token"]?.stringValue)
            let second = try #require(try cluster.client(1).login(name, device: "phone")["token"]?.stringValue)
            for node in 0...1 {
                let refusal = try cluster.client(node).refusal("login", ["token": .string(first)])
                #expect(refusal == ClientRefusal(401, "bad_token"))
                for token in [second, other] { try cluster.client(node).login(token: token) }
            }
        }

        /// Contract: S2.
        @Test func aTokenThatWasNotUsedForThirtyDaysIsNoLongerGood() throws {
            let cluster = try ClusterFixture(nodes: 2)
            let name = try cluster.register("old")
            let client = try cluster.client(0)
            let login = try client.login(name)
            let token = try #require(login["token"]?.stringValue)
            client.close()
            let user = try #require(login["user"]?["id"]?.intValue)
            let stream = "devices:\(user)"
            try eventually("the session is over") {
                try cluster.query("select version from chat_log.heads where stream = '\(stream)'") == ["2"]
            }
            // As if all of it had happened that long ago; the other node has not seen the stream yet.
            let day: Int64 = 24 * 3_600 * 1_000_000
            func age(by days: Int64) throws {
                _ = try cluster.query(
                    """
                    update chat_log.heads set state = convert_to(regexp_replace(convert_from(state, 'UTF8'),
                        '"usedAt":[0-9]+', '"usedAt":' || (extract(epoch from now()) * 1000000)::bigint - \(days * day)),
                        'UTF8') where stream = '\(stream)'
                    """)
            }
            try age(by: 31)
            let refusal = try cluster.client(1).refusal("login", ["token": .string(token)])
            #expect(refusal == ClientRefusal(401, "bad_token"))
        }

        /// Contract: S7.
        @Test func aPositionOfAnotherLifeCountsAsFarAsBothShareIt() throws {
            let cluster = try ClusterFixture()
            let name = try cluster.register("lives")
            let writer = try cluster.register("writer")
            var sender = try cluster.client(writer)
            let phone = try cluster.client(0)
            let first = try #require(try phone.login(name, device: "phone")["epoch"]?.stringValue)
            for text in ["one", "two"] { try sender.chat(name, text) }
            let one = try phone.message("one").position
            try phone.message("two")
            // As after a failover that lost what came behind.
            let second = try #require(try cluster.query("select chat_log.begin_epoch()").first)
            let began = try #require(
                try cluster.query("select from_position from chat_log.epochs where epoch = '\(second)'").first)
            let shared = try #require(Int64(began)) - 1
            // Every session ends with the life of the log in which it began.
            for client in [sender, phone] { try client.waitForEnd() }
            sender = try cluster.client(writer)
            var four: Int64 = 0
            for text in ["three", "four"] { four = try sender.chat(name, text)["position"]?.intValue ?? 0 }

            func login(_ device: String, epoch: String, since: Int64) throws -> (result: JSONValue, texts: [String]) {
                let client = try cluster.client(0)
                let result = try client.call(
                    "login",
                    [
                        "name": .string(name), "password": .string(ScriptedClient.password),
                        "device": .string(device), "epoch": .string(epoch), "since": .integer(since),
                    ])
                try client.push("caughtup")
                return (result, client.texts)
            }
            let inside = try login("inside", epoch: first, since: one)
            #expect(inside.result["epoch"]?.stringValue == second)
            #expect(inside.result["reset"] == nil)
            #expect(inside.texts == ["two", "three", "four"])
            let above = try login("above", epoch: first, since: four)
            #expect(above.result["reset"] == ["position": .integer(shared)])
            #expect(above.texts == ["three", "four"])
            let unknown = try login("unknown", epoch: "never heard of", since: four)
            #expect(unknown.result["reset"] == ["position": 0])
            #expect(unknown.texts == ["one", "two", "three", "four"])
            let present = try login("present", epoch: second, since: four)
            #expect(present.result["reset"] == nil)
            #expect(present.texts.isEmpty)
        }
    }
}
