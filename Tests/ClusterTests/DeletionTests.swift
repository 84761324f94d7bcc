import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// Contract: A6.
    @Suite("Deleting an account")
    struct DeletionTests {
        /// Somebody with an account, logged in on a node.
        private struct Person {
            var name: String
            var id: Int64
            var client: ScriptedClient

            var deleted: JSONValue { ["id": .integer(id), "name": .null] }
        }

        private func person(_ name: String, _ cluster: ClusterFixture, on node: Int = 0) throws -> Person {
            let name = try cluster.register(name)
            let client = try cluster.client(node)
            let id = try #require(try client.login(name, device: "main")["user"]?["id"]?.intValue)
            return Person(name: name, id: id, client: client)
        }

        private func befriend(_ one: Person, _ other: Person) throws {
            try one.client.call("addfriend", ["user": .integer(other.id)])
            try other.client.call("acceptfriend", ["user": .integer(one.id)])
        }

        private func delete(_ person: Person) throws {
            let result = try person.client.call("deleteaccount", ["password": .string(ScriptedClient.password)])
            #expect(result == [:])
        }

        private func isErased(_ person: Person, _ cluster: ClusterFixture) throws -> Bool {
            try cluster.query("select erased_at is not null from chat_read.users where id = \(person.id)") == ["t"]
        }

        @Test func sessionsTokensAndPasswordEndAndTheNameIsFreeAtOnce() throws {
            let cluster = try ClusterFixture.shared()
            let doomed = try person("doomed", cluster)
            let phone = try cluster.client(1)
            let token = try #require(try phone.login(doomed.name, device: "phone")["token"]?.stringValue)
            let loose = try cluster.client(1)
            try loose.call(
                "login",
                ["name": .string(doomed.name), "password": .string(ScriptedClient.password), "feed": false])
            try delete(doomed)
            for client in [phone, loose] {
                #expect(try client.push("goaway").params == ["reason": "revoked"])
                try client.waitForEnd()
            }
            #expect(try doomed.client.refusal("whoami") == ClientRefusal(401, "not_logged_in"))
            #expect(!doomed.client.pushes.contains { $0.method == "goaway" })
            let again = try doomed.client.call(
                "register", ["name": .string(doomed.name), "password": "a new password"])
            let new = try #require(again["user"]?["id"]?.intValue)
            #expect(new != doomed.id)
            for node in 0...1 {
                let byID = try cluster.client(node).refusal(
                    "login", ["user": .integer(doomed.id), "password": .string(ScriptedClient.password)])
                #expect(byID == ClientRefusal(401, "bad_credentials"))
                let byToken = try cluster.client(node).refusal("login", ["token": .string(token)])
                #expect(byToken == ClientRefusal(401, "bad_token"))
                let client = try cluster.client(node)
                let login = try client.call(
                    "login",
                    ["name": .string(doomed.name), "password": "a new password", "device": .string("on \(node)")])
                #expect(login["user"]?["id"]?.intValue == new)
                let found = try client.call("finduser", ["query": .string(doomed.name)])["users"]?.arrayValue
                let ids = found?.map { $0["id"]?.intValue }
                #expect(ids?.contains(new) == true)
                #expect(ids?.contains(doomed.id) == false)
            }
        }

        /// Contract: V10.
        @Test func aKeyUsedForTheNameBeforeCountsNoLonger() throws {
            let cluster = try ClusterFixture.shared()
            let client = try cluster.client()
            let name = try cluster.register("reborn") + "x"
            let params: JSONObject = [
                "name": .string(name), "password": .string(ScriptedClient.password), "key": "k",
            ]
            let first = try client.call("register", params)
            #expect(try client.call("register", params)["duplicate"] == true)
            try client.login(name)
            try client.call("deleteaccount", ["password": .string(ScriptedClient.password)])
            let second = try client.call("register", params)
            #expect(second["duplicate"] == nil)
            #expect(second["user"]?["id"] != first["user"]?["id"])
            let again = try client.call("register", params)
            #expect(again["duplicate"] == true)
            #expect(again["user"] == second["user"])
        }

        @Test func aWrongPasswordDeletesNothing() throws {
            let cluster = try ClusterFixture.shared()
            let person = try person("stays", cluster)
            let refused = try person.client.refusal("deleteaccount", ["password": "not this one"])
            #expect(refused == ClientRefusal(401, "bad_credentials"))
            #expect(try person.client.refusal("deleteaccount", [:])?.code == -32602)
            #expect(try person.client.call("whoami")["user"]?["name"]?.stringValue == person.name)
        }

        @Test func friendsAndAskersAreRidOfTheUserAndTheMessagesStay() throws {
            let cluster = try ClusterFixture.shared()
            let doomed = try person("doomed", cluster)
            let friend = try person("friend", cluster, on: 1)
            let asked = try person("asked", cluster, on: 1)
            let asker = try person("asker", cluster)
            try befriend(doomed, friend)
            try doomed.client.call("addfriend", ["user": .integer(asked.id)])
            try asker.client.call("addfriend", ["user": .integer(doomed.id)])
            try doomed.client.chat(friend.name, "remember me")
            try friend.client.message("remember me")
            try delete(doomed)

            #expect(try friend.client.push("friendremoved").params["user"] == doomed.deleted)
            try eventually("nothing is left") { try isErased(doomed, cluster) }
            for one in [friend, asked, asker] {
                let lists = try one.client.call("friends")
                for list in ["friends", "requests", "requested"] { #expect(lists[list] == []) }
                for params: JSONObject in [
                    ["to": .integer(doomed.id), "text": "?"], ["to": .string(doomed.name), "text": "?"],
                ] {
                    #expect(try one.client.refusal("chat", params) == ClientRefusal(404, "no_such_user"))
                }
                let request = try one.client.refusal("addfriend", ["user": .integer(doomed.id)])
                #expect(request == ClientRefusal(404, "no_such_user"))
            }
            let listed = try friend.client.call("conversations")["conversations"]?.arrayValue
            #expect(listed?.map { $0["with"] } == [doomed.deleted])
            #expect(listed?.first?["last"]?["from"] == doomed.deleted)
            let conversation = "direct:\(min(doomed.id, friend.id)):\(max(doomed.id, friend.id))"
            for node in 0...1 {
                let reader = try cluster.client(friend.name, device: "new", since: 0, on: node)
                let message = try #require(try reader.history(conversation).first)
                #expect(message["text"] == "remember me")
                #expect(message["from"] == doomed.deleted)
                #expect(try reader.message("remember me").params["from"] == doomed.deleted)
            }
        }

        @Test func everyGroupIsLeftAndAnOwnedOnePassesOnOrIsDeleted() throws {
            let cluster = try ClusterFixture.shared()
            let doomed = try person("doomed", cluster)
            let first = try person("first", cluster, on: 1)
            let second = try person("second", cluster)
            let owned = try doomed.client.createGroup("owned")
            let alone = try doomed.client.createGroup("alone")
            let theirs = try first.client.createGroup("theirs")
            for client in [first.client, second.client] { try client.call("joingroup", ["group": .integer(owned)]) }
            for client in [doomed.client, second.client] { try client.call("joingroup", ["group": .integer(theirs)]) }
            try doomed.client.groupChat(theirs, "remember me")
            try delete(doomed)

            for group in [owned, theirs] {
                let left = try second.client.push("groupchanged") {
                    $0["change"] == "left" && $0["group"]?["id"] == .integer(group)
                }
                #expect(left.params["user"] == doomed.deleted)
                #expect(left.params["by"] == doomed.deleted)
                #expect(left.params["group"]?["members"] == 2)
            }
            let passed = try second.client.push("groupchanged") { $0["change"] == "role" }
            #expect(passed.params["user"]?["id"] == .integer(first.id))
            #expect(passed.params["role"] == "owner")
            #expect(passed.params["by"] == doomed.deleted)
            try eventually("nothing is left") { try isErased(doomed, cluster) }
            for client in [first.client, second.client] {
                let info = try client.call("groupinfo", ["group": .integer(owned)])
                #expect(info["members"]?.arrayValue?.map { $0["id"] } == [.integer(first.id), .integer(second.id)])
                #expect(info["members"]?.arrayValue?.map { $0["role"] } == ["owner", "member"])
                #expect(info["group"]?["members"] == 2)
                let gone = try client.refusal("groupinfo", ["group": .integer(alone)])
                #expect(gone == ClientRefusal(404, "no_such_group"))
                #expect(try client.history("group:\(theirs)").first?["from"] == doomed.deleted)
            }
        }

        @Test func theAdminOfLongestStandingInheritsAndInvitationsAndBlocksEnd() throws {
            let cluster = try ClusterFixture.shared()
            let doomed = try person("doomed", cluster)
            let member = try person("member", cluster)
            let admin = try person("admin", cluster, on: 1)
            let owned = try doomed.client.createGroup("owned")
            for client in [member.client, admin.client] { try client.call("joingroup", ["group": .integer(owned)]) }
            try doomed.client.call(
                "setrole", ["group": .integer(owned), "user": .integer(admin.id), "role": "admin"])
            let theirs = try member.client.createGroup("theirs", visibility: "invite")
            try member.client.call("invite", ["group": .integer(theirs), "user": .integer(doomed.id)])
            try member.client.call("block", ["user": .integer(doomed.id)])
            try doomed.client.call("block", ["user": .integer(admin.id)])
            try delete(doomed)

            let passed = try member.client.push("groupchanged") { $0["change"] == "role" && $0["role"] == "owner" }
            #expect(passed.params["user"]?["id"] == .integer(admin.id))
            let declined = try member.client.push("groupchanged") { $0["change"] == "declined" }
            #expect(declined.params["user"] == doomed.deleted)
            try eventually("nothing is left") { try isErased(doomed, cluster) }
            #expect(try member.client.call("friends")["blocked"] == [])
            #expect(
                try cluster.query("select count(*) from chat_read.blocks where \(doomed.id) in (user_id, blocked_id)")
                    == ["0"])
            #expect(
                try cluster.query("select count(*) from chat_read.invitations where user_id = \(doomed.id)") == ["0"])
        }

        @Test func thePersonsKeyIsDestroyedAndTheTablesCanBeRebuiltWithoutIt() throws {
            let cluster = try ClusterFixture()
            let doomed = try person("doomed", cluster)
            let other = try person("other", cluster, on: 1)
            try befriend(doomed, other)
            _ = try doomed.client.createGroup("alone")
            try delete(doomed)
            try eventually("nothing is left") { try isErased(doomed, cluster) }
            let keys = try cluster.query(
                "select purpose || ' ' || (key is null) from chat_private.sealing_keys where user_id = \(doomed.id)")
            #expect(keys == ["person true"])
            let last = try cluster.query(
                "select type from chat_log.events where stream = 'account:\(doomed.id)' order by position")
            #expect(last == ["UserRegistered", "AccountDeleted", "KeyDestroyed"])
            #expect(
                try cluster.query(
                    "select count(*) from chat_log.heads where convert_from(state, 'UTF8') like '%\(doomed.name)%'")
                    == ["0"])
            let verified = try cluster.run("chat-replay", ["verify"])
            #expect(verified.status == 0, "\(verified.output)")
        }

        @Test func anotherNodeGoesOnWhereAKilledOneStopped() throws {
            let cluster = try ClusterFixture()
            let doomed = try person("doomed", cluster)
            let count = 150
            for number in 1...count { _ = try doomed.client.createGroup("group \(number)") }
            let deleted = "select count(*) from chat_log.events where type = 'GroupDeleted'"
            let leases = "select node from chat_cluster.leader where name = 'relay' and expires_at > clock_timestamp()"
            let elected = try #require(try cluster.query(leases).first)
            let index = try #require(cluster.nodes.firstIndex { $0.name == elected })
            try delete(doomed)
            try eventually("the work has begun") { try cluster.query(deleted) != ["0"] }
            cluster.nodes[index].kill()
            #expect(try cluster.query(deleted) != ["\(count)"], "killed too late to show anything")
            try eventually("the other has done the rest") { try isErased(doomed, cluster) }
            #expect(try cluster.query(deleted) == ["\(count)"])
            let survivor = try cluster.client(1 - index)
            let refused = try survivor.refusal(
                "login", ["name": .string(doomed.name), "password": .string(ScriptedClient.password)])
            #expect(refused == ClientRefusal(401, "bad_credentials"))
        }
    }
}
