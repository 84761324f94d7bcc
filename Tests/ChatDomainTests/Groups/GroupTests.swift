import ChatDomain
import ChatTestKit
import Testing

@Suite struct GroupTests {
    let state = GroupState(name: "climbers", description: "up", visibility: .open)

    func creation(groups: Int = 0) -> Command {
        .createGroup(
            CreateGroup(group: climbers, name: "climbers", description: "up", visibility: .open, groups: groups))
    }

    /// Contract: G1.
    @Test func whoCreatesAGroupOwnsIt() {
        #expect(
            people.when(creation(), by: alice)
                == .decided(created(), .group(climbers, state, members: 1, role: .owner)))
    }

    @Test func creatingMovesGroupRosterAndOwner() {
        var scenario = people
        _ = scenario.carryOut(creation(), by: alice)
        #expect(scenario.state(.group(climbers)) == .group(state))
        #expect(scenario.state(.roster(climbers)) == .roster(RosterState(members: 1, owner: alice)))
        #expect(scenario.state(.member(climbers, alice)) == .member(MemberState(role: .owner)))
    }

    /// Contract: L4, E5.
    @Test func oneMoreGroupThanAllowedIsRefused() {
        let limited = people.limited { $0.userGroups = 2 }
        #expect(limited.when(creation(groups: 2), by: alice) == .refused(.tooMany))
        #expect(limited.when(creation(groups: 1), by: alice) != .refused(.tooMany))
        let joining = limited.given(created())
        #expect(joining.when(.joinGroup(climbers, groups: 2), by: bob) == .refused(.tooMany))
    }

    /// Contract: G4.
    @Test func anybodyJoinsAnOpenGroup() {
        #expect(
            withGroup.when(.joinGroup(climbers, groups: 0), by: bob)
                == .decided(joined(bob, members: 2), .group(climbers, state, members: 2, role: .member)))
    }

    @Test func aMemberCannotJoinAgain() {
        let scenario = withGroup.given(joined(bob, members: 2))
        for user in [alice, bob] {
            #expect(scenario.when(.joinGroup(climbers, groups: 1), by: user) == .refused(.alreadyMember))
        }
    }

    @Test func whoLeftMayJoinAgain() {
        let scenario = withGroup.given(joined(bob, members: 2), left(bob, members: 1))
        #expect(
            scenario.when(.joinGroup(climbers, groups: 0), by: bob)
                == .decided(joined(bob, members: 2), .group(climbers, state, members: 2, role: .member)))
    }

    /// Contract: G4.
    @Test func nobodyJoinsAnInviteOnlyGroupUninvited() {
        let scenario = people.given(created(climbers, by: alice, .invite))
        #expect(scenario.when(.joinGroup(climbers, groups: 0), by: bob) == .refused(.forbidden))
    }

    /// Contract: L3, E5.
    @Test func aFullGroupTakesNobody() {
        let scenario = withGroup.given(joined(bob, members: 2)).limited { $0.groupMembers = 2 }
        #expect(scenario.when(.joinGroup(climbers, groups: 0), by: carol) == .refused(.groupFull))
        let left = scenario.given(left(bob, members: 1))
        #expect(left.when(.joinGroup(climbers, groups: 0), by: carol) != .refused(.groupFull))
    }

    @Test func aMemberLeaves() {
        let scenario = withGroup.given(joined(bob, members: 2))
        #expect(scenario.when(.leaveGroup(climbers), by: bob) == .decided(left(bob, members: 1), .done))
    }

    /// Contract: G5.
    @Test func anOwnerWithMembersPassesOnFirst() {
        let scenario = withGroup.given(joined(bob, members: 2))
        #expect(scenario.when(.leaveGroup(climbers), by: alice) == .refused(.ownerMustPassOn))
    }

    /// Contract: G5.
    @Test func aLonelyOwnersLeavingDeletesTheGroup() {
        #expect(withGroup.when(.leaveGroup(climbers), by: alice) == .decided(deleted(by: alice, members: 1), .done))
    }

    /// Contract: G3.
    @Test func onlyTheOwnerDeletesAGroup() {
        let scenario = withGroup.given(joined(bob, members: 2))
        #expect(scenario.when(.deleteGroup(climbers), by: carol) == .refused(.notAMember))
        #expect(scenario.when(.deleteGroup(climbers), by: bob) == .refused(.notAllowed))
        #expect(scenario.when(.deleteGroup(climbers), by: alice) == .decided(deleted(by: alice, members: 2), .done))
    }

    @Test func whoIsNoMemberCannotLeave() {
        #expect(withGroup.when(.leaveGroup(climbers), by: bob) == .refused(.notAMember))
    }

    @Test func aDeletedGroupIsThereForNobody() {
        let gone = withGroup.given(joined(bob, members: 2), deleted(by: alice, members: 2))
        for scenario in [gone, people] {
            for user in [alice, bob, carol] {
                let commands: [Command] = [
                    .joinGroup(climbers, groups: 0), .leaveGroup(climbers), .deleteGroup(climbers),
                ]
                for command in commands { #expect(scenario.when(command, by: user) == .refused(.noSuchGroup)) }
            }
        }
    }

    @Test func aGroupsNumberIsNeverGivenTwice() {
        #expect(withGroup.when(creation(), by: bob) == .refused(.unavailable))
    }

    @Test func whoIsNotLoggedInDoesNothing() {
        let commands = [
            creation(), .joinGroup(climbers, groups: 0), .leaveGroup(climbers), .deleteGroup(climbers),
        ]
        for command in commands {
            #expect(withGroup.when(command) == .refused(.notLoggedIn))
            #expect(withGroup.when(command, by: stranger) == .refused(.notLoggedIn))
        }
    }

    @Test func joiningMovesTheRosterButNotTheGroup() {
        var scenario = withGroup
        _ = scenario.carryOut(.joinGroup(climbers, groups: 0), by: bob)
        #expect(scenario.version(.group(climbers)) == 1)
        #expect(scenario.version(.roster(climbers)) == 2)
        #expect(scenario.version(.member(climbers, bob)) == 1)
    }
}
