import ChatDomain
import ChatTestKit
import Testing

@Suite struct InvitationTests {
    func invite(_ user: UserID, received: Int = 0, sent: Int = 0) -> Command {
        .invite(Invite(group: climbers, user: user, received: received, sent: sent))
    }

    /// Alice owns the group, Bob is a member, Carol is not.
    func group(_ visibility: Visibility = .open) -> Scenario {
        people.given(created(climbers, by: alice, visibility), joined(bob, members: 2))
    }

    @Test func anyMemberInvitesIntoAnOpenGroup() {
        for user in [alice, bob] {
            #expect(group().when(invite(carol), by: user) == .decided(invited(carol, by: user), .done))
        }
        #expect(group().when(invite(stranger), by: alice) == .refused(.noSuchUser))
        #expect(group().when(invite(bob), by: carol) == .refused(.notAMember))
    }

    @Test func onlyAnAdminInvitesIntoAnInviteOnlyGroup() {
        let closed = group(.invite)
        #expect(closed.when(invite(carol), by: bob) == .refused(.notAllowed))
        let withAdmin = closed.given(role(.admin, of: bob))
        for user in [alice, bob] {
            #expect(withAdmin.when(invite(carol), by: user) == .decided(invited(carol, by: user), .done))
        }
    }

    @Test func whoWasKickedIsInvitedByAdminsOnlyAndComesOnlyInvited() {
        let kicked = people.given(
            created(), joined(bob, members: 2), joined(carol, members: 3), kicked(carol, members: 2))
        #expect(kicked.when(.joinGroup(climbers, groups: 0), by: carol) == .refused(.forbidden))
        #expect(kicked.when(invite(carol), by: bob) == .refused(.notAllowed))
        let invited = kicked.given(invited(carol, by: alice))
        #expect(invited.when(.joinGroup(climbers, groups: 0), by: carol) != .refused(.forbidden))
        let declined = invited.given(.invitationDeclined(InvitationDeclined(group: climbers, user: carol)))
        #expect(declined.when(.joinGroup(climbers, groups: 0), by: carol) == .refused(.forbidden))
        let forgiven = invited.given(joined(carol, members: 3), left(carol, members: 2))
        #expect(forgiven.when(.joinGroup(climbers, groups: 0), by: carol) != .refused(.forbidden))
    }

    @Test func anInvitationOpensAnInviteOnlyGroupOnce() {
        let invited = group(.invite).given(invited(carol, by: alice))
        let state = GroupState(name: "climbers", description: "up", visibility: .invite)
        #expect(
            invited.when(.joinGroup(climbers, groups: 0), by: carol)
                == .decided(joined(carol, members: 3), .group(climbers, state, members: 3, role: .member)))
        let left = invited.given(joined(carol, members: 3), left(carol, members: 2))
        #expect(left.when(.joinGroup(climbers, groups: 0), by: carol) == .refused(.forbidden))
    }

    @Test func nobodyIsInvitedTwiceOrAsAMember() {
        let invited = group().given(invited(carol, by: alice))
        #expect(invited.when(invite(carol), by: bob) == .refused(.alreadyInvited))
        #expect(invited.when(invite(bob), by: alice) == .refused(.alreadyMember))
        #expect(invited.when(invite(alice), by: alice) == .refused(.selfNotAllowed))
    }

    @Test func pendingInvitationsAreLimitedOnBothSides() {
        let limited = group().limited { $0.userInvitations = 2 }
        #expect(limited.when(invite(carol, received: 2), by: alice) == .refused(.tooMany))
        #expect(limited.when(invite(carol, sent: 2), by: alice) == .refused(.tooMany))
        #expect(limited.when(invite(carol, received: 1, sent: 1), by: alice) != .refused(.tooMany))
    }

    @Test func leavingDeclinesAndAnAdminTakesBack() {
        let invited = group().given(invited(carol, by: bob))
        #expect(
            invited.when(.leaveGroup(climbers), by: carol)
                == .decided(.invitationDeclined(InvitationDeclined(group: climbers, user: carol)), .done))
        #expect(invited.when(.kick(climbers, carol), by: bob) == .refused(.notAllowed))
        let withdrawn = ChatEvent.invitationWithdrawn(InvitationWithdrawn(group: climbers, user: carol, by: alice))
        #expect(invited.when(.kick(climbers, carol), by: alice) == .decided(withdrawn, .done))
        let gone = invited.given(withdrawn)
        #expect(gone.when(.leaveGroup(climbers), by: carol) == .refused(.notAMember))
        #expect(gone.when(.kick(climbers, carol), by: alice) == .refused(.noSuchMember))
    }

    @Test func aBlockedUserInvitesNobodyWhoBlocks() {
        let blocked = group().given(.userBlocked(UserBlocked(by: carol, user: bob)))
        #expect(blocked.when(invite(carol), by: bob) == .refused(.forbidden))
        #expect(blocked.when(invite(carol), by: alice) != .refused(.forbidden))
    }
}
