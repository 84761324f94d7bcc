import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Invitations and kicks")
    struct InvitationTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        /// An open group of an owner, an admin and a member, and a guest who is none; each is away with a device.
        private struct Cast {
            let owner, admin, member, guest: Person
            let group: Int64

            init(_ cluster: ClusterFixture, visibility: String = "open") throws {
                owner = try Person("owner", cluster, on: 0)
                admin = try Person("admin", cluster, on: 1)
                member = try Person("member", cluster, on: 0)
                guest = try Person("guest", cluster, on: 1)
                group = try owner.phone.createGroup("guests", visibility: visibility)
                for person in [admin, member] {
                    if visibility == "invite" { try owner.phone.call("invite", group, person.name) }
                    try person.phone.call("joingroup", group)
                }
                try owner.phone.call("setrole", group, admin.name, role: "admin")
            }

            /// Whoever is told of anything before it has been told once this has come.
            func fence(_ text: String) throws {
                for person in [owner, admin, member, guest] {
                    let sender = try owner.cluster.client(owner.name, device: "fence", on: 1)
                    if person.name == owner.name {
                        try guest.phone.chat(owner.name, text)
                    } else {
                        try sender.chat(person.name, text)
                    }
                    try person.phone.message(text)
                    sender.close()
                }
            }
        }

        private static func isAboutInvitations(_ change: String) -> Bool {
            ["invited", "declined", "withdrawn"].contains { change.hasPrefix($0) }
        }

        /// Contract: P5, G5, G7.
        @Test func onlyAdminsAndTheUserConcernedAreToldOfInvitationsLiveAndLater() throws {
            let cast = try Cast(cluster)
            let (group, guest) = (cast.group, cast.guest.name)
            try cast.member.phone.call("invite", group, guest)
            try cast.guest.phone.push("groupchanged") { $0["change"] == "invited" }
            try cast.guest.phone.call("leavegroup", group)
            try cast.admin.phone.call("invite", group, guest)
            try cast.owner.phone.call("kick", group, guest)
            try cast.fence("fence")

            let all = ["invited \(guest)", "declined \(guest)", "invited \(guest)", "withdrawn \(guest)"]
            func live(_ person: Person) -> [String] {
                person.phone.changes(in: group).filter(Self.isAboutInvitations)
            }
            // A session is not told of what it did itself.
            #expect(live(cast.guest) == [all[0], all[2], all[3]])
            #expect(live(cast.admin) == [all[0], all[1], all[3]])
            #expect(live(cast.owner) == Array(all.prefix(3)))
            #expect(live(cast.member) == [])
            for person in [cast.owner, cast.admin, cast.guest] {
                let seen = try person.backlog(of: group, until: "fence")
                #expect(seen.filter(Self.isAboutInvitations) == all, "\(person.name)")
            }
            #expect(try cast.member.backlog(of: group, until: "fence").allSatisfy { !Self.isAboutInvitations($0) })
            #expect(try cast.guest.backlog(of: group, until: "fence") == all, "a guest hears of nothing else")
        }

        /// Contract: P5.
        @Test func anAdminIsToldOfInvitationsOnlyWhileBeingOne() throws {
            let cast = try Cast(cluster)
            let (group, guest) = (cast.group, cast.guest.name)
            try cast.owner.phone.call("setrole", group, cast.admin.name, role: "member")
            try cast.owner.phone.call("invite", group, guest)
            try cast.owner.phone.call("setrole", group, cast.admin.name, role: "admin")
            try cast.guest.phone.call("leavegroup", group)
            try cast.owner.phone.call("setrole", group, cast.member.name, role: "owner")
            try cast.owner.phone.call("invite", group, guest)
            try cast.member.phone.call("kick", group, cast.admin.name)
            try cast.owner.phone.call("kick", group, guest)
            try cast.fence("fence")
            let (admin, member) = (cast.admin.name, cast.member.name)
            let expected = [
                "role \(admin) admin", "role \(admin) member", "role \(admin) admin", "declined \(guest)",
                "role \(member) owner", "invited \(guest)", "kicked \(admin)",
            ]
            #expect(cast.admin.phone.changes(in: group).suffix(7) == expected.suffix(7))
            #expect(try cast.admin.backlog(of: group, until: "fence").suffix(7) == expected.suffix(7))
            let owned = ["role \(member) owner", "invited \(guest)", "kicked \(admin)", "withdrawn \(guest)"]
            #expect(cast.member.phone.changes(in: group).suffix(3) == [owned[0], owned[1], owned[3]])
            #expect(try cast.member.backlog(of: group, until: "fence").suffix(4) == owned.suffix(4))
        }

        /// Contract: P5, S5.
        @Test func anAdminWhoLogsInLaterIsToldOfWhatComesThen() throws {
            let cast = try Cast(cluster)
            let late = try (0...1).map { try cluster.client(cast.admin.name, device: "late\($0)", on: $0) }
            let other = try (0...1).map { try cluster.client(cast.member.name, device: "late\($0)", on: $0) }
            for client in late + other { try client.push("caughtup") }
            try cast.owner.phone.call("invite", cast.group, cast.guest.name)
            try cast.owner.phone.groupChat(cast.group, "fence")
            for client in late {
                try client.message("fence")
                #expect(client.changes(in: cast.group).last == "invited \(cast.guest.name)")
            }
            for client in other {
                try client.message("fence")
                #expect(client.changes(in: cast.group).allSatisfy { !Self.isAboutInvitations($0) })
            }
        }

        /// Contract: G4, G6, G9, G10, A3.
        @Test func anInvitationShowsTheGroupAndLetsInOnce() throws {
            let cast = try Cast(cluster, visibility: "invite")
            let (group, guest) = (cast.group, cast.guest)
            #expect(try guest.phone.refusal("joingroup", group) == "forbidden")
            #expect(try guest.phone.refusal("groupinfo", group) == "forbidden")
            #expect(try cast.member.phone.refusal("invite", group, guest.name) == "not_allowed")
            try cast.admin.phone.call("invite", group, guest.name)
            #expect(try cast.owner.phone.refusal("invite", group, guest.name) == "already_invited")
            try guest.phone.push("groupchanged") { $0["change"] == "invited" && $0["group"]?["role"] == nil }

            let info = try guest.phone.call("groupinfo", group)
            #expect(info["members"]?.arrayValue?.count == 3)
            #expect(info["members"]?[0]?["online"] == nil)
            let listed = try guest.phone.call("groups")["invitations"]
            #expect(listed?.arrayValue?.count == 1)
            #expect(listed?[0]?["group"]?["id"]?.intValue == group)
            #expect(listed?[0]?["by"]?["name"]?.stringValue == cast.admin.name)
            #expect(listed?[0]?["at"]?.stringValue?.hasSuffix("Z") == true)
            let again = try cluster.client()
            #expect(try again.login(guest.name, device: "again")["invitations"] == listed)

            let joined = try guest.phone.call("joingroup", group)
            #expect(joined["group"]?["members"] == 4)
            #expect(try guest.phone.call("groups")["invitations"] == [])
            #expect(try cast.owner.phone.refusal("invite", group, guest.name) == "already_member")
            try guest.phone.call("leavegroup", group)
            #expect(try guest.phone.refusal("joingroup", group) == "forbidden")
        }

        /// Contract: G4, G6, G7, P5.
        @Test func whoWasKickedNeedsAnInvitationEvenIntoAnOpenGroup() throws {
            let cast = try Cast(cluster)
            let (group, member) = (cast.group, cast.member)
            try cast.owner.phone.groupChat(group, "before")
            try member.phone.message("before")
            #expect(try cast.admin.phone.refusal("kick", group, cast.owner.name) == "not_allowed")
            #expect(try member.phone.refusal("kick", group, cast.admin.name) == "not_allowed")
            #expect(try cast.owner.phone.refusal("kick", group, cast.owner.name) == "self_not_allowed")
            #expect(try cast.owner.phone.refusal("kick", group, cast.guest.name) == "no_such_member")
            try cast.admin.phone.call("kick", group, member.name)
            try cast.owner.phone.groupChat(group, "after")
            try cast.fence("fence")
            for changes in [
                member.phone.changes(in: group), cast.owner.phone.changes(in: group),
                try member.backlog(of: group, until: "fence"),
            ] {
                #expect(changes.last == "kicked \(member.name)")
            }
            #expect(member.phone.texts == ["before", "fence"])
            #expect(
                try member.phone.refusal("history", ["conversation": .string("group:\(group)")])?.reason
                    == "not_a_member")
            #expect(try member.phone.refusal("joingroup", group) == "forbidden")
            try cast.guest.phone.call("joingroup", group)
            #expect(try cast.guest.phone.refusal("invite", group, member.name) == "not_allowed")
            try cast.admin.phone.call("invite", group, member.name)
            try member.phone.call("joingroup", group)
            #expect(try member.phone.history("group:\(group)").isEmpty, "what was before the return is not shown")
        }

        /// Contract: G3.
        @Test func aDeletedGroupTakesItsInvitationsWithIt() throws {
            let cast = try Cast(cluster)
            try cast.owner.phone.call("invite", cast.group, cast.guest.name)
            try cast.owner.phone.call("deletegroup", cast.group)
            try eventually("no invitation is left") { try cast.guest.phone.call("groups")["invitations"] == [] }
            #expect(try cast.guest.phone.refusal("joingroup", cast.group) == "no_such_group")
        }

        /// Contract: L6.
        @Test func pendingInvitationsAreLimitedOnBothSides() throws {
            let own = try ClusterFixture(settings: ["user.invitations=2"])
            let names = try ["host", "other", "one", "two", "three"].map { try own.register($0) }
            let host = try own.client(names[0])
            let other = try own.client(names[1], on: 1)
            let groups = try (1...3).map { try host.createGroup("group \($0)") }
            try host.call("invite", groups[0], names[2])
            try host.call("invite", groups[0], names[3])
            #expect(try host.refusal("invite", groups[0], names[4]) == "too_many")
            try other.call("joingroup", groups[1])
            try other.call("joingroup", groups[2])
            try other.call("invite", groups[1], names[2])
            #expect(try other.refusal("invite", groups[2], names[2]) == "too_many", "two wait for that user")
            // One that is answered counts no more, on either side.
            try own.client(names[2]).call("leavegroup", groups[0])
            try host.call("invite", groups[0], names[4])
            try other.call("invite", groups[2], names[2])
        }

        /// Contract: V10.
        @Test func aRetriedInvitationHappensOnce() throws {
            let cast = try Cast(cluster)
            let params: JSONObject = [
                "group": .integer(cast.group), "user": .string(cast.guest.name), "key": "once",
            ]
            try cast.owner.phone.call("invite", params)
            #expect(try cast.owner.phone.call("invite", params)["duplicate"] == true)
            let other: JSONObject = ["group": .integer(cast.group), "user": .string(cast.guest.name), "key": "once"]
            #expect(try cast.owner.phone.refusal("kick", other)?.reason == "key_reused")
        }
    }
}
