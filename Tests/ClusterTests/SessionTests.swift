import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Sessions and devices")
    struct SessionTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        /// Contract: S1, P10.
        @Test(arguments: [0, 1]) func theSameDeviceReplacesAndOtherDevicesStay(_ node: Int) throws {
            let name = try cluster.register("devices")
            let other = try cluster.register("other")
            let phone = try cluster.client(name, device: "phone", on: 0)
            let tablet = try cluster.client(name, device: "tablet", on: 0)
            let newer = try cluster.client(name, device: "phone", on: node)
            #expect(try phone.push("goaway").params["reason"] == "replaced")
            try phone.waitForEnd()
            try cluster.client(other).chat(name, "to all")
            try tablet.message("to all")
            try newer.message("to all")
            #expect(!tablet.pushes.contains { $0.method == "goaway" })
        }

        /// Contract: S3.
        @Test func aSessionThatOnlySendsDisturbsNobody() throws {
            let name = try cluster.register("sender")
            let other = try cluster.register("other")
            let phone = try cluster.client(name)
            let silent = try cluster.client(1)
            let result = try silent.call(
                "login", ["name": .string(name), "password": .string(ScriptedClient.password), "feed": false])
            #expect(result["device"] == .null)
            try silent.chat(other, "said")
            try phone.message("said")
            try cluster.client(other).chat(name, "answered")
            try phone.message("answered")
            try silent.call("ping")
            #expect(silent.pushes.isEmpty)
            #expect(!phone.pushes.contains { $0.method == "goaway" })
        }

        /// Contract: S2, A3.
        @Test func aTokenLogsInOnTheOtherNodeAndStaysTheSame() throws {
            let name = try cluster.register("token")
            let first = try cluster.client(0)
            let result = try first.login(name, device: "phone")
            let token = try #require(result["token"]?.stringValue)
            let second = try cluster.client(1)
            let again = try second.login(token: token)
            #expect(again["token"]?.stringValue == token)
            #expect(again["device"] == "phone")
            #expect(try first.push("goaway").params["reason"] == "replaced")
        }

        /// Contract: A4, S2.
        @Test func logoutEndsTheTokenOnEveryNode() throws {
            let name = try cluster.register("logout")
            let client = try cluster.client(0)
            let token = try #require(try client.login(name, device: "phone")["token"]?.stringValue)
            try client.call("logout")
            #expect(try client.refusal("whoami") == ClientRefusal(401, "not_logged_in"))
            for node in 0...1 {
                let refusal = try cluster.client(node).refusal("login", ["token": .string(token)])
                #expect(refusal == ClientRefusal(401, "bad_token"))
            }
            try client.login(name, device: "phone")
        }

        /// Contract: T8.
        @Test func whatIsSentBehindALoginSeesTheLogin() throws {
            let name = try cluster.register("behind")
            let other = try cluster.register("other")
            let client = try cluster.client()
            let login = try client.send(
                "login", ["name": .string(name), "password": .string(ScriptedClient.password)])
            let message = try client.send("chat", ["to": .string(other), "text": "at once"])
            #expect(try client.reply(to: login)["user"]?["name"]?.stringValue == name)
            #expect(try client.reply(to: message)["seq"] == 1)
        }

        /// Contract: R7.
        @Test func aSessionReadsItsOwnWritesAndOthersWithinASecond() throws {
            let name = try cluster.register("owner")
            let guest = try cluster.register("guest")
            let owner = try cluster.client(name, on: 0)
            let other = try cluster.client(guest, on: 1)
            for number in 1...5 {
                let group = try owner.createGroup("group \(number)")
                let listed = try owner.call("groups")["groups"]?.arrayValue ?? []
                #expect(listed.contains { $0["id"] == .integer(group) })
                try eventually("the other sees it", within: .seconds(1)) {
                    try other.refusal("groupinfo", ["group": .integer(group)]) == nil
                }
                try other.call("joingroup", ["group": .integer(group)])
                try other.groupChat(group, "said")
                #expect(try other.history("group:\(group)").map { $0["text"] } == ["said"])
                try eventually("so does the owner", within: .seconds(1)) {
                    try owner.history("group:\(group)").count == 1
                }
            }
        }
    }
}
