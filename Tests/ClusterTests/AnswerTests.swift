import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// What the answers hold, field by field.
    @Suite("Answers")
    struct AnswerTests {
        let cluster = Result { try ClusterFixture.shared() }

        /// Contract: A1, L7.
        @Test func helloNamesTheServerAndItsLimitsWithoutALogin() throws {
            let hello = try cluster.get().client(1).call("hello")
            #expect(hello["server"] == "parley" && hello["protocol"] == 1 && hello["node"] == "b")
            #expect(hello["version"]?.stringValue?.isEmpty == false)
            let limits = try #require(hello["limits"]?.objectValue)
            for (name, value) in [
                ("frame.bytes", 65_536), ("text.bytes", 16_384), ("group.members", 10_000), ("user.groups", 1_000),
                ("user.friends", 5_000), ("user.devices", 20), ("user.requests", 200), ("user.invitations", 200),
                ("rate.burst", 200), ("session.queue", 262_144), ("timeout.idle", 90), ("timeout.login", 30),
                ("timeout.write", 60),
            ] {
                #expect(limits[name]?.intValue == Int64(value), "\(name)")
            }
            // Switched off for the tests' sake.
            for name in ["rate.commands", "rate.registrations", "rate.login-failures", "rate.login-failures-address"] {
                #expect(limits[name] == 0, "\(name)")
            }
        }

        /// Contract: A12, T6.
        @Test func pingIsAnsweredWithAnEmptyObject() throws {
            let client = try cluster.get().client()
            #expect(try client.call("ping") == [:])
        }

        /// Contract: A13.
        @Test func theServerDescribesItselfWithoutALogin() throws {
            let document = try cluster.get().client().call("rpc.discover")
            let names = document["methods"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
            #expect(names.contains("groupchat") && Set(names).count == names.count)
        }

        /// Contract: A7.
        @Test func whoamiNamesUserSessionDeviceAndNode() throws {
            let cluster = try cluster.get()
            let name = try cluster.register("who")
            let client = try cluster.client(1)
            let login = try client.login(name, device: "phone")
            let who = try client.call("whoami")
            #expect(who["user"] == login["user"] && who["session"] == login["session"])
            #expect(who["user"]?["name"]?.stringValue == name)
            #expect(who["device"] == "phone" && who["node"] == "b")
        }

        /// Contract: A3.
        @Test func aLoginAnswersEverythingThatAClientBeginsWith() throws {
            let cluster = try cluster.get()
            let login = try cluster.client().login(try cluster.register("begin"))
            #expect(login["device"] == "default")
            for text in ["session", "token", "epoch"] { #expect(login[text]?.stringValue?.isEmpty == false, "\(text)") }
            #expect(login["position"]?.intValue ?? 0 > 0)
            for list in ["friends", "requests", "groups", "invitations"] { #expect(login[list] == [], "\(list)") }
            #expect(login["more"] == nil && login["reset"] == nil)
        }

        /// Contract: A11, V7, T7.
        @Test func usersAreFoundByTheBeginningOfTheirFoldedNames() throws {
            let cluster = try cluster.get()
            let name = try cluster.register("Straße")
            let client = try cluster.client(name)
            let found = try client.call("finduser", ["query": .string(name.uppercased()), "limit": 1_000])
            #expect(found["users"]?.arrayValue?.map { $0["name"]?.stringValue } == [name])
            for _ in 0..<2 { _ = try cluster.register("straßenbahn") }
            // Others' registrations are seen within a second.
            try eventually("two of them are found") {
                let some = try client.call("finduser", ["query": "STRASS", "limit": 2])
                return some["users"]?.arrayValue?.count == 2
            }
            #expect(try client.refusal("finduser", ["query": "x", "limit": 0])?.code == -32_602)
        }

        /// Contract: F5.
        @Test func friendsComeByTheirIDsAPageAtATime() throws {
            let cluster = try cluster.get()
            let me = try cluster.register("many")
            let client = try cluster.client(me)
            for _ in 0..<3 { try befriend(client, me, cluster) }
            try cluster.client(try cluster.register("asker")).call("addfriend", ["user": .string(me)])
            try client.call("addfriend", ["user": .string(try cluster.register("asked"))])
            let first = try client.call("friends", ["limit": 2])
            #expect(first["more"] == true && first["friends"]?.arrayValue?.count == 2)
            #expect(first["requests"]?.arrayValue?.count == 1 && first["requested"]?.arrayValue?.count == 1)
            let ids = first["friends"]?.arrayValue?.compactMap { $0["id"]?.intValue } ?? []
            let rest = try client.call("friends", ["after": .integer(ids.last ?? 0), "limit": 2])
            #expect(rest["more"] == false && rest["friends"]?.arrayValue?.count == 1)
            #expect(ids.sorted() == ids && rest["friends"]?[0]?["id"]?.intValue ?? 0 > ids.last ?? 0)
        }

        /// Contract: F5.
        @Test func aFriendWhoIsAwayHasALastSeenAndOneWhoIsThereHasNot() throws {
            let cluster = try cluster.get()
            let me = try cluster.register("seer")
            let client = try cluster.client(me)
            let friend = try befriend(client, me, cluster)
            let there = try client.call("friends")["friends"]?[0]
            #expect(there?["online"] == true && there?["lastSeen"] == nil)
            friend.close()
            try client.push("presence") { $0["online"] == false }
            let away = try client.call("friends")["friends"]?[0]
            #expect(away?["online"] == false && away?["lastSeen"]?.stringValue?.hasSuffix("Z") == true)
        }

        /// Contract: G9, G10, R7.
        @Test func groupsAndTheirMembersComeByTheirIDsAPageAtATime() throws {
            let cluster = try cluster.get()
            let client = try cluster.client(try cluster.register("grouper"))
            let ids = try (1...3).map { try client.createGroup("Gruppe \($0)") }
            let first = try client.call("groups", ["limit": 2])
            #expect(first["groups"]?.arrayValue?.map { $0["id"]?.intValue } == Array(ids.prefix(2)))
            #expect(first["more"] == true && first["invitations"] == [])
            #expect(first["groups"]?[0]?["role"] == "owner" && first["groups"]?[0]?["members"] == 1)
            let rest = try client.call("groups", ["after": .integer(ids[1])])
            #expect(rest["groups"]?.arrayValue?.map { $0["id"]?.intValue } == [ids[2]] && rest["more"] == false)
            let other = try cluster.client(try cluster.register("member"), on: 1)
            try other.call("joingroup", ["group": .integer(ids[0])])
            // What was pushed is seen by the next query.
            try client.push("groupchanged") { $0["change"] == "joined" }
            let members = try client.call("groupinfo", ["group": .integer(ids[0]), "limit": 1])
            #expect(members["more"] == true && members["members"]?[0]?["role"] == "owner")
            #expect(members["members"]?[0]?["online"] == true)
            let stranger = try cluster.client(try cluster.register("stranger"))
            let seen = try stranger.call("groupinfo", ["group": .integer(ids[0])])
            #expect(seen["group"]?["role"] == nil && seen["members"]?[1]?["online"] == nil)
        }

        /// Contract: G11.
        @Test func onlyOpenGroupsAreFoundByTheBeginningOfTheirFoldedNames() throws {
            let cluster = try cluster.get()
            let name = try cluster.register("finder")
            let client = try cluster.client(name)
            _ = try client.createGroup("Ärger \(name)")
            _ = try client.createGroup("Ärger \(name)", visibility: "invite")
            let found = try client.call("findgroup", ["query": .string("ärger \(name)")])
            #expect(found["groups"]?.arrayValue?.map { $0["visibility"] } == ["open"])
        }

        /// Contract: T9, E1.
        @Test func checksComeInTheirOrder() throws {
            let cluster = try cluster.get()
            let client = try cluster.client()
            #expect(try client.refusal("nosuch", ["text": 1])?.code == -32_601)
            #expect(try client.refusal("chat", ["to": [], "text": 1])?.reason == "not_logged_in")
            try client.login(try cluster.register("order"))
            #expect(try client.refusal("chat", ["to": "nobody at all", "text": 1])?.code == -32_602)
            #expect(try client.refusal("chat", ["to": "nobody at all", "text": "x"])?.reason == "no_such_user")
            let login: JSONObject = ["name": "nobody", "password": "wrong horse"]
            #expect(try cluster.client().refusal("login", login)?.reason == "bad_credentials")
            #expect(try cluster.client().refusal("login", ["token": "wrong"])?.reason == "bad_token")
            #expect(try client.refusal("login", ["token": "wrong"])?.reason == "already_logged_in")
        }

        /// Contract: S8, P7.
        @Test func presenceIsNeverRepeated() throws {
            let cluster = try cluster.get()
            let me = try cluster.register("watcher")
            let client = try cluster.client(me, device: "one")
            let friend = try befriend(client, me, cluster)
            client.close()
            friend.close()
            let back = try cluster.client(me, device: "one")
            try back.push("caughtup")
            try back.call("ping")
            #expect(!back.pushes.contains { $0.method == "presence" && $0.params["online"] == true })
        }

        /// Contract: L12, L13, P10.
        @Test func whoSaysNothingIsSentAway() throws {
            let cluster = try ClusterFixture(nodes: 1, settings: ["timeout.idle=2", "timeout.login=1"])
            let name = try cluster.register("quiet")
            let silent = try cluster.client()
            let quiet = try cluster.client(name)
            try silent.waitForEnd()
            try quiet.waitForEnd()
            #expect(quiet.pushes.last?.method == "goaway" && quiet.pushes.last?.params["reason"] == "idle")
        }

        /// Contract: L14, P10.
        @Test func whoTakesNotAByteIsSentAwayAndMissesNothing() throws {
            let cluster = try ClusterFixture(nodes: 1, settings: ["timeout.write=1", "session.queue=65536"])
            let name = try cluster.register("stuck")
            let stuck = try cluster.client(receiveBuffer: 4_096)
            try stuck.login(name, device: "phone")
            let sender = try cluster.client(try cluster.register("sender"))
            let text = String(repeating: "x", count: 16_000)
            for number in 1...500 { try sender.chat(name, "\(number) \(text)") }
            // Its last words have 30 s to be taken.
            try eventually("only the sender is still connected", within: .seconds(90)) {
                try cluster.nodes[0].metric("parley_connections") == 1
            }
            try stuck.waitForEnd()
            let back = try cluster.client(name, device: "phone")
            try back.push("caughtup")
            #expect(back.messages.compactMap { $0["seq"]?.intValue } == Array(1...500))
        }

        @discardableResult
        private func befriend(_ client: ScriptedClient, _ me: String, _ cluster: ClusterFixture) throws
            -> ScriptedClient
        {
            let friend = try cluster.client(try cluster.register("friend"), on: 1)
            try friend.call("addfriend", ["user": .string(me)])
            let id = try #require(try friend.call("whoami")["user"]?["id"])
            try client.call("acceptfriend", ["user": id])
            return friend
        }
    }
}
