import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Roles and settings of groups")
    struct RoleTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        /// Contract: G5, G8, P5.
        @Test func everyMemberIsToldOfARoleAndItCountsAtOnce() throws {
            let owner = try Person("owner", cluster, on: 0)
            let member = try Person("member", cluster, on: 1)
            let group = try owner.phone.createGroup("roles")
            try member.phone.call("joingroup", group)
            #expect(try member.phone.refusal("setrole", group, owner.name, role: "member") == "not_allowed")
            #expect(try owner.phone.refusal("setrole", group, owner.name, role: "member") == "self_not_allowed")
            #expect(
                try owner.phone.refusal("setrole", ["group": .integer(group), "user": "x", "role": "king"])?.code
                    == -32602)
            try owner.phone.call("setrole", group, member.name, role: "admin")
            let push = try member.phone.push("groupchanged") { $0["change"] == "role" }
            #expect(push.params["role"] == "admin")
            #expect(push.params["user"]?["name"]?.stringValue == member.name)
            #expect(push.params["by"]?["name"]?.stringValue == owner.name)
            #expect(push.params["group"]?["role"] == nil)
            #expect(push.params["group"]?["members"] == 2)
            try eventually("the table says so") {
                try member.phone.call("groups")["groups"]?[0]?["role"] == "admin"
            }

            #expect(try owner.phone.refusal("leavegroup", group) == "owner_must_pass_on")
            try owner.phone.call("setrole", group, member.name, role: "owner")
            try member.phone.push("groupchanged") { $0["role"] == "owner" }
            #expect(try owner.phone.call("groupinfo", group)["group"]?["role"] == "admin")
            #expect(try owner.phone.refusal("deletegroup", group) == "not_allowed")
            try owner.phone.call("leavegroup", group)
            try member.phone.call("leavegroup", group)
            #expect(try member.phone.refusal("groupinfo", group) == "no_such_group")
        }

        /// Contract: G2, G11, P5.
        @Test func newSettingsShowInEveryLaterPushOnEveryNode() throws {
            let owner = try Person("owner", cluster, on: 0)
            let member = try Person("member", cluster, on: 1)
            let joiner = try Person("joiner", cluster, on: 1)
            let group = try owner.phone.createGroup("old name")
            try member.phone.call("joingroup", group)
            try owner.phone.push("groupchanged") { $0["change"] == "joined" && $0["group"]?["name"] == "old name" }
            let update: JSONObject = ["group": .integer(group), "name": "new name", "description": "what for"]
            #expect(try member.phone.refusal("updategroup", update)?.reason == "not_allowed")
            let result = try owner.phone.call("updategroup", update)["group"]
            #expect(result?["name"] == "new name")
            #expect(result?["role"] == "owner")
            #expect(result?["members"] == 2)
            let updated = try member.phone.push("groupchanged") { $0["change"] == "updated" }
            #expect(updated.params["group"]?["description"] == "what for")
            #expect(updated.params["by"]?["name"]?.stringValue == owner.name)
            #expect(updated.params["user"] == nil)

            try joiner.phone.call("joingroup", group)
            for person in [owner, member] {
                let joined = try person.phone.push("groupchanged") {
                    $0["change"] == "joined" && $0["user"]?["name"]?.stringValue == joiner.name
                }
                #expect(joined.params["group"]?["name"] == "new name")
            }
            try owner.phone.call("updategroup", ["group": .integer(group), "visibility": "invite"])
            let found = try owner.phone.call("findgroup", ["query": "new name"])["groups"]?.arrayValue ?? []
            #expect(found.allSatisfy { $0["id"]?.intValue != group })
            try owner.phone.chat(member.name, "fence")
            #expect(
                try member.backlog(of: group, until: "fence").suffix(3)
                    == ["updated", "joined \(joiner.name)", "updated"])
        }

        /// Contract: G2.
        @Test func aParameterThatDoesNotFitChangesNothing() throws {
            let owner = try Person("owner", cluster, on: 0)
            let group = try owner.phone.createGroup("same")
            let cases: [(String, JSONValue)] = [
                ("name", ""), ("description", .string(String(repeating: "x", count: 501))), ("visibility", "closed"),
                ("name", 7),
            ]
            for (name, value) in cases {
                let refusal = try owner.phone.refusal("updategroup", ["group": .integer(group), name: value])
                #expect(refusal?.code == -32602)
            }
            let unchanged = try owner.phone.call("updategroup", group)
            #expect(unchanged["group"]?["name"] == "same")
        }
    }
}
