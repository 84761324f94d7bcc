import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Blocks")
    struct BlockTests {
        let cluster: ClusterFixture
        let blocker: Person
        let blocked: Person

        init() throws {
            cluster = try ClusterFixture.shared()
            blocker = try Person("blocker", cluster, on: 0)
            blocked = try Person("blocked", cluster, on: 1)
        }

        private func block() throws {
            #expect(try blocker.phone.call("block", ["user": .string(blocked.name)]) == [:])
        }

        /// Contract: F4, F5.
        @Test func aBlockEndsTheFriendshipAndBothAreToldOfThat() throws {
            try blocker.phone.call("addfriend", ["user": .string(blocked.name)])
            try blocked.phone.call("acceptfriend", ["user": .string(blocker.name)])
            try blocker.phone.push("friendadded")
            try block()
            let friends = try blocker.phone.call("friends")
            #expect(friends["friends"] == [])
            #expect(friends["blocked"]?[0]?["name"]?.stringValue == blocked.name)
            let removed = try blocked.phone.push("friendremoved")
            #expect(removed.params["user"]?["name"]?.stringValue == blocker.name)
            let away = try cluster.client(blocker.name, device: "away")
            try away.push("friendremoved")
            #expect(try blocked.phone.call("friends")["friends"] == [])
            #expect(try blocked.phone.call("friends")["blocked"] == [], "nobody is told of a block")
        }

        /// Contract: F4.
        @Test func aBlockEndsRequestsEitherWaySilently() throws {
            try blocker.phone.call("addfriend", ["user": .string(blocked.name)])
            try block()
            try eventually("the request is gone") { try blocked.phone.call("friends")["requests"] == [] }
            try blocker.phone.call("unblock", ["user": .string(blocked.name)])
            try blocked.phone.call("addfriend", ["user": .string(blocker.name)])
            try block()
            #expect(try blocker.phone.call("friends")["requests"] == [])
            try eventually("the request is gone") { try blocked.phone.call("friends")["requested"] == [] }
            #expect(blocked.phone.pushes.allSatisfy { $0.method != "friendremoved" })
        }

        /// Contract: F4, E6.
        @Test func neitherSpeaksNorBefriendsUntilItIsTakenBack() throws {
            try block()
            try block()
            for (me, other) in [(blocker, blocked), (blocked, blocker)] {
                let to = JSONValue.string(other.name)
                #expect(try me.phone.refusal("chat", ["to": to, "text": "hi"]) == ClientRefusal(403, "forbidden"))
                #expect(try me.phone.refusal("addfriend", ["user": to]) == ClientRefusal(403, "forbidden"))
            }
            #expect(try blocked.phone.call("unblock", ["user": .string(blocker.name)]) == [:])
            #expect(try blocked.phone.refusal("chat", ["to": .string(blocker.name), "text": "hi"]) != nil)
            #expect(try blocker.phone.call("unblock", ["user": .string(blocked.name)]) == [:])
            #expect(try blocker.phone.call("unblock", ["user": .string(blocked.name)]) == [:])
            try blocked.phone.chat(blocker.name, "hi again")
            try blocker.phone.message("hi again")
            #expect(try blocker.phone.call("friends")["blocked"] == [])
            for method in ["block", "unblock"] {
                let refusal = try blocker.phone.refusal(method, ["user": .string(blocker.name)])
                #expect(refusal == ClientRefusal(422, "self_not_allowed"))
            }
        }

        /// Contract: F4, P8.
        @Test(arguments: [true, false], ["ack", "read"])
        func howFarTheOtherHasTheConversationIsNotToldThroughABlock(blockerReads: Bool, method: String) throws {
            let (reader, other) = blockerReads ? (blocker, blocked) : (blocked, blocker)
            let desk = try cluster.client(reader.name, device: "desk", on: other.node)
            let group = try other.phone.createGroup("both")
            try reader.phone.call("joingroup", group)
            let conversation = try #require(try other.phone.chat(reader.name, "one")["conversation"])
            try other.phone.chat(reader.name, "two")
            func progress(to text: String, _ seq: Int64) throws {
                let position = try reader.phone.message(text).position
                try reader.phone.call(
                    method, ["conversation": conversation, "seq": .integer(seq), "position": .integer(position)])
            }
            func receipts(_ client: ScriptedClient) -> [JSONValue] {
                client.pushes.filter { $0.method == "receipt" && $0.params["conversation"] == conversation }
                    .map(\.params)
            }
            func others() throws -> JSONValue? {
                let entries = try other.phone.call("conversations")["conversations"]?.arrayValue ?? []
                return entries.first { $0["conversation"] == conversation }?["others"]
            }
            let isRead = method == "read"
            let word = isRead ? "read" : "delivered"
            if isRead {
                try progress(to: "one", 1)
                try other.phone.push("receipt") { $0["read"] == 1 }
                try eventually("others shows it") { try others()?["read"] == 1 }
            }
            try block()
            let late = try cluster.client(other.name, device: "late", on: reader.node)
            try late.push("caughtup")
            try progress(to: "two", 2)
            // Held back for a second, on the other's node; the first of a reader is told at once.
            if isRead { try desk.push("receipt") { $0["read"] == 2 } }
            // Groups that both are in are not affected.
            try reader.phone.groupChat(group, "fence")
            for client in [other.phone, late] { try client.message("fence") }
            #expect(receipts(other.phone).count == (isRead ? 1 : 0) && receipts(late).isEmpty)
            #expect(try others() == nil)

            try blocker.phone.call("unblock", ["user": .string(blocked.name)])
            try eventually("others is shown again") { try others()?[word] == 2 }
            try other.phone.chat(reader.name, "three")
            try progress(to: "three", 3)
            for client in [other.phone, late] { try client.push("receipt") { $0[word] == 3 } }
            // What was held back for its second may be told now that no block stands.
            for client in [other.phone, late] { #expect(receipts(client).last?[word] == 3) }
        }

        /// Contract: F4, G10.
        @Test func theBlockedSeesTheBlockerOfflineAndCannotInviteThem() throws {
            let group = try blocked.phone.createGroup("both")
            try blocker.phone.call("joingroup", group)
            func isOnline(_ name: String, for person: Person) throws -> Bool? {
                let members = try person.phone.call("groupinfo", group)["members"]?.arrayValue ?? []
                return members.first { $0["name"]?.stringValue == name }?["online"]?.boolValue
            }
            try eventually("the blocker is online") { try isOnline(blocker.name, for: blocked) == true }
            try block()
            try eventually("the blocker seems offline") { try isOnline(blocker.name, for: blocked) == false }
            #expect(try isOnline(blocked.name, for: blocker) == true, "a block works one way")
            #expect(try isOnline(blocker.name, for: blocker) == true)
            // Groups that both are in are not affected.
            try blocked.phone.groupChat(group, "still here")
            try blocker.phone.message("still here")
            try blocker.phone.call("leavegroup", group)
            #expect(try blocked.phone.refusal("invite", group, blocker.name) == "forbidden")
        }
    }
}
