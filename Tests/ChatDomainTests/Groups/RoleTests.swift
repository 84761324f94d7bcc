import ChatDomain
import ChatTestKit
import Testing

@Suite struct RoleTests {
    let dave = UserID(4)

    /// Alice owns the group, Bob is an admin, Carol and Dave are members.
    var group: Scenario {
        people.given(
            registered(dave), created(), joined(bob, members: 2), joined(carol, members: 3), joined(dave, members: 4),
            role(.admin, of: bob))
    }

    @Test func anAdminKicksMembersAndTheOwnerAnyone() {
        #expect(
            group.when(.kick(climbers, carol), by: bob)
                == .decided(
                    .memberKicked(MemberKicked(group: climbers, user: carol, by: bob, members: 3)), .done))
        #expect(group.when(.kick(climbers, alice), by: bob) == .refused(.notAllowed))
        let two = group.given(role(.admin, of: carol))
        #expect(two.when(.kick(climbers, carol), by: bob) == .refused(.notAllowed))
        #expect(two.when(.kick(climbers, carol), by: alice) == .decided(kicked(carol, members: 3), .done))
        #expect(group.when(.kick(climbers, dave), by: carol) == .refused(.notAllowed))
        #expect(group.when(.kick(climbers, alice), by: alice) == .refused(.selfNotAllowed))
        #expect(group.when(.kick(climbers, stranger), by: alice) == .refused(.noSuchUser))
        let without = group.given(left(dave, members: 3))
        #expect(without.when(.kick(climbers, dave), by: alice) == .refused(.noSuchMember))
        #expect(without.when(.kick(climbers, carol), by: dave) == .refused(.notAMember))
    }

    @Test func aKickedMemberIsNone() {
        let kicked = group.given(kicked(carol, members: 3))
        let message = SendMessage(target: .group(climbers), text: "hi")
        #expect(kicked.when(.sendMessage(message), by: carol) == .refused(.notAMember))
        #expect(kicked.when(.leaveGroup(climbers), by: carol) == .refused(.notAMember))
    }

    @Test func onlyTheOwnerGivesRolesAndNotToOneself() {
        #expect(
            group.when(.setRole(climbers, carol, .admin), by: alice) == .decided(role(.admin, of: carol), .done))
        #expect(
            group.when(.setRole(climbers, bob, .member), by: alice) == .decided(role(.member, of: bob), .done))
        for user in [bob, carol] {
            #expect(group.when(.setRole(climbers, dave, .admin), by: user) == .refused(.notAllowed))
        }
        #expect(group.when(.setRole(climbers, alice, .member), by: alice) == .refused(.selfNotAllowed))
        #expect(group.when(.setRole(climbers, stranger, .admin), by: alice) == .refused(.noSuchUser))
        #expect(group.when(.setRole(climbers, bob, .admin), by: alice) == .nothing)
    }

    @Test func whoPassesOwnershipOnStaysAnAdminAndMayLeave() {
        var scenario = group
        #expect(scenario.when(.leaveGroup(climbers), by: alice) == .refused(.ownerMustPassOn))
        #expect(
            scenario.carryOut(.setRole(climbers, carol, .owner), by: alice)
                == .decided(.ownershipPassed(OwnershipPassed(group: climbers, from: alice, to: carol)), .done))
        #expect(scenario.state(.member(climbers, alice)) == .member(MemberState(role: .admin)))
        #expect(scenario.state(.member(climbers, carol)) == .member(MemberState(role: .owner)))
        #expect(scenario.state(.roster(climbers)) == .roster(RosterState(members: 4, owner: carol)))
        #expect(scenario.when(.setRole(climbers, bob, .member), by: alice) == .refused(.notAllowed))
        #expect(scenario.when(.leaveGroup(climbers), by: alice) == .decided(left(alice, members: 3), .done))
        #expect(scenario.when(.leaveGroup(climbers), by: carol) == .refused(.ownerMustPassOn))
    }

    @Test func whoIsDeletedGetsNoRole() {
        let gone = group.given(
            .accountDeleted(AccountDeleted(user: carol, nameDigest: "digest\(carol)", ended: [])))
        for role in [Role.admin, .owner] {
            #expect(gone.when(.setRole(climbers, carol, role), by: alice) == .refused(.noSuchUser))
        }
        #expect(gone.when(.kick(climbers, carol), by: alice) == .decided(kicked(carol, members: 3), .done))
    }

    @Test func ownerAndAdminsChangeTheSettings() {
        let update = UpdateGroup(group: climbers, name: "hikers", visibility: .invite)
        let state = GroupState(name: "hikers", description: "up", visibility: .invite)
        for (user, role) in [(alice, Role.owner), (bob, Role.admin)] {
            let event = GroupUpdated(
                group: climbers, by: user, name: "hikers", description: "up", visibility: .invite)
            #expect(
                group.when(.updateGroup(update), by: user)
                    == .decided(.groupUpdated(event), .group(climbers, state, members: 4, role: role)))
        }
        #expect(group.when(.updateGroup(update), by: carol) == .refused(.notAllowed))
        #expect(group.when(.updateGroup(update), by: stranger) == .refused(.notLoggedIn))
    }

    @Test func aChangeOfNothingIsNoEvent() {
        let state = GroupState(name: "climbers", description: "up", visibility: .open)
        for update in [UpdateGroup(group: climbers), UpdateGroup(group: climbers, description: "up")] {
            #expect(
                group.when(.updateGroup(update), by: bob)
                    == .decided([], .group(climbers, state, members: 4, role: .admin)))
        }
    }
}
