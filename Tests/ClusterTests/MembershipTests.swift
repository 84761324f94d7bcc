import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Membership and the feed")
    struct MembershipTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        /// Contract: S6.
        @Test func whoLeftGetsWhatWasSaidUntilThenAndNoMore() throws {
            let names = try ["owner", "leaver"].map { try cluster.register($0) }
            let owner = try cluster.client(names[0])
            let leaver = try cluster.client(names[1], device: "phone", on: 1)
            _ = try cluster.client(names[1], device: "away", on: 1)
            let group = try owner.createGroup("leaving")
            try leaver.call("joingroup", ["group": .integer(group)])
            try owner.groupChat(group, "before")
            try leaver.message("before")
            try leaver.call("leavegroup", ["group": .integer(group)])
            try owner.groupChat(group, "after")
            try owner.chat(names[1], "fence")
            try leaver.message("fence")
            #expect(leaver.texts == ["before", "fence"])
            #expect(
                try leaver.refusal("history", ["conversation": .string("group:\(group)")])
                    == ClientRefusal(403, "not_a_member"))

            let away = try cluster.client(names[1], device: "away")
            try away.message("fence")
            #expect(away.texts == ["before", "fence"])
        }

        /// A connection that was told to go may stay for a while, because its client does not close it.
        @Test func aNodeForgetsTheGroupsOfASessionThatWasReplacedElsewhere() throws {
            let names = try ["owner", "kicked", "joiner"].map { try cluster.register($0) }
            let owner = try cluster.client(names[0], on: 1)
            let group = try owner.createGroup("forgetting")
            let inGroup: JSONObject = ["group": .integer(group)]
            let lingering = try cluster.client(names[1], device: "phone", on: 0)
            try lingering.call("joingroup", inGroup)
            let phone = try cluster.client(names[1], device: "phone", on: 1)
            try lingering.push("goaway")
            try owner.call("kick", ["group": .integer(group), "user": .integer(try phone.ownID())])
            try phone.push("groupchanged") { $0["change"] == "kicked" }
            let desk = try cluster.client(names[1], device: "desk", on: 0)
            try desk.push("caughtup")
            try cluster.client(names[2], on: 0).call("joingroup", inGroup)
            try owner.chat(names[1], "fence")
            try desk.message("fence")
            #expect(!desk.pushes.contains { $0.params["user"]?["name"]?.stringValue == names[2] })
        }

        /// Contract: S6.
        @Test func whoWasKickedIsNotShownWhatBecameOfTheGroup() throws {
            let names = try ["owner", "kicked"].map { try cluster.register($0) }
            let owner = try cluster.client(names[0])
            let group = try owner.createGroup("as they knew it", visibility: "invite")
            try owner.call("invite", ["group": .integer(group), "user": .string(names[1])])
            let phone = try cluster.client(names[1], device: "phone", on: 1)
            try phone.push("caughtup")
            phone.close()
            let desk = try cluster.client(names[1], device: "desk", on: 1)
            try desk.call("joingroup", ["group": .integer(group)])
            try owner.call("updategroup", ["group": .integer(group), "description": "while they were there"])
            try owner.call("kick", ["group": .integer(group), "user": .string(names[1])])
            try owner.call(
                "updategroup", ["group": .integer(group), "name": "renamed", "description": "not for them"])
            try owner.chat(names[1], "fence")

            let back = try cluster.client(names[1], device: "phone")
            try back.message("fence")
            let changes = back.pushes.filter { $0.method == "groupchanged" }
            #expect(
                changes.compactMap { $0.params["change"]?.stringValue } == ["invited", "joined", "updated", "kicked"])
            for change in changes {
                #expect(change.params["group"]?["name"] == "as they knew it", "\(change)")
                #expect(change.params["group"]?["description"] != "not for them", "\(change)")
            }
        }

        /// Contract: S6.
        @Test func aNewMemberGetsNothingFromBefore() throws {
            let names = try ["owner", "joiner"].map { try cluster.register($0) }
            let owner = try cluster.client(names[0])
            let joiner = try cluster.client(names[1], device: "phone", on: 1)
            _ = try cluster.client(names[1], device: "away", on: 1)
            let group = try owner.createGroup("joining")
            try owner.groupChat(group, "before")
            try joiner.call("joingroup", ["group": .integer(group)])
            try owner.groupChat(group, "after")
            try joiner.message("after")
            #expect(joiner.texts == ["after"])
            #expect(try joiner.history("group:\(group)").map { $0["text"] } == ["after"])
            let away = try cluster.client(names[1], device: "away")
            try away.message("after")
            #expect(away.texts == ["after"])
        }

        /// Contract: S6, R2.
        @Test func changesOfMembershipDuringTheBacklogAreFollowed() throws {
            let names = try ["owner", "mover"].map { try cluster.register($0) }
            let owner = try cluster.client(names[0])
            let mover = try cluster.client(names[1], device: "phone", on: 1)
            _ = try cluster.client(names[1], device: "away", on: 1)
            let group = try owner.createGroup("moving")
            let params: JSONObject = ["group": .integer(group)]
            var expected: [String] = []
            for round in 1...4 {
                try mover.call("joingroup", params)
                try owner.groupChat(group, "inside \(round)")
                try mover.call("leavegroup", params)
                try owner.groupChat(group, "outside \(round)")
                expected.append("inside \(round)")
            }
            let away = try cluster.client(names[1], device: "away")
            try mover.call("joingroup", params)
            try owner.groupChat(group, "live")
            try away.message("live")
            #expect(away.texts == expected + ["live"])
            try mover.message("live")
            #expect(mover.texts == expected + ["live"])
        }
    }
}
