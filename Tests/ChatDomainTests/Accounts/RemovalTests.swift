import ChatDomain
import ChatTestKit
import Testing

/// What a deleted account left is taken apart.
@Suite struct RemovalTests {
    let gone = ChatEvent.accountDeleted(AccountDeleted(user: alice, nameDigest: "digest\(alice)", ended: []))

    func events(_ outcome: Outcome) -> [ChatEvent]? {
        if case .decided(let events, .done) = outcome { events } else { nil }
    }

    /// Carries a step out twice: the second time there is nothing to do.
    func steps(_ scenario: Scenario, _ command: Command) -> [ChatEvent]? {
        var scenario = scenario
        let first = events(scenario.carryOut(command))
        #expect(scenario.when(command) == .nothing)
        return first
    }

    @Test func everyTieToAnotherUserEnds() {
        let step = Command.removeContact(of: alice, with: bob)
        let ended = ChatEvent.friendshipEnded(FriendshipEnded(by: alice, with: bob))
        #expect(steps(people.given(requested(alice, bob), befriended(alice, bob), gone), step) == [ended])
        let withdrawn = ChatEvent.friendRequestWithdrawn(FriendRequestWithdrawn(from: alice, to: bob))
        #expect(steps(people.given(requested(alice, bob), gone), step) == [withdrawn])
        let rejected = ChatEvent.friendRequestRejected(FriendRequestRejected(from: bob, to: alice))
        #expect(steps(people.given(requested(bob, alice), gone), step) == [rejected])
        let blocks = [
            ChatEvent.userBlocked(UserBlocked(by: bob, user: alice)),
            .userBlocked(UserBlocked(by: alice, user: bob)),
        ]
        #expect(
            steps(people.given(blocks[0]).given(blocks[1]).given(gone), step) == [
                .userUnblocked(UserUnblocked(by: alice, user: bob)),
                .userUnblocked(UserUnblocked(by: bob, user: alice)),
            ])
    }

    @Test func aMemberLeavesAndWhoIsInvitedDeclines() {
        let step = Command.removeMember(alice, of: climbers, heir: nil)
        let group = people.given(created(by: bob))
        let invited = ChatEvent.memberInvited(MemberInvited(group: climbers, user: alice, by: bob))
        #expect(steps(group.given(joined(alice, members: 2), gone), step) == [left(alice, members: 1)])
        let declined = ChatEvent.invitationDeclined(InvitationDeclined(group: climbers, user: alice))
        #expect(steps(group.given(invited, gone), step) == [declined])
        #expect(steps(group.given(gone), step) == [])
    }

    @Test func anOwnedGroupPassesToTheHeirOrIsDeleted() {
        let passed = ChatEvent.ownershipPassed(OwnershipPassed(group: climbers, from: alice, to: bob))
        let two = withGroup.given(joined(bob, members: 2), gone)
        let step = Command.removeMember(alice, of: climbers, heir: bob)
        #expect(steps(two, step) == [passed, left(alice, members: 1)])
        let alone = Command.removeMember(alice, of: climbers, heir: nil)
        #expect(steps(withGroup.given(gone), alone) == [deleted(by: alice, members: 1)])
    }

    @Test func anHeirThatIsGoneInheritsNothing() {
        let step = Command.removeMember(alice, of: climbers, heir: bob)
        let three = withGroup.given(joined(bob, members: 2), joined(carol, members: 3))
        #expect(three.given(left(bob, members: 2), gone).when(step) == .refused(.ownerMustPassOn))
        let bobGone = ChatEvent.accountDeleted(AccountDeleted(user: bob, nameDigest: "digest\(bob)", ended: []))
        #expect(three.given(bobGone, gone).when(step) == .refused(.ownerMustPassOn))
        let nobody = Command.removeMember(alice, of: climbers, heir: nil)
        #expect(three.given(gone).when(nobody) == .refused(.ownerMustPassOn))
    }

    @Test func theLastStepSaysThatNothingIsLeft() {
        let destroyed = ChatEvent.keyDestroyed(KeyDestroyed(user: alice, purpose: .person))
        #expect(steps(people.given(gone), .confirmRemoval(alice)) == [destroyed])
    }

    private let order = ErasureOrder(by: ReplayOrigin(role: "chat", host: "h1"), reason: "by request")

    @Test func anOperatorDeletesAnAccountWhateverItsPassword() {
        let command = Command.eraseAccount(alice, nameDigest: "digest\(alice)", order)
        let deleted = ChatEvent.accountDeleted(
            AccountDeleted(user: alice, nameDigest: "digest\(alice)", ended: [], order: order))
        #expect(steps(people, command) == [deleted])
        #expect(people.when(.eraseAccount(stranger, nameDigest: "none", order)) == .refused(.noSuchUser))
        // Somebody else's name is not freed.
        #expect(people.when(.eraseAccount(alice, nameDigest: "digest\(bob)", order)) == .refused(.unavailable))
    }

    @Test func onlyWhoIsGoneLosesTheTexts() {
        let command = Command.destroyTexts(of: alice, quarters: ["2026Q4"], order)
        #expect(people.when(command) == .refused(.notAllowed))
        #expect(people.when(.destroyTexts(of: stranger, quarters: ["2026Q4"], order)) == .refused(.noSuchUser))
        let destroyed = KeyDestroyed(user: alice, purpose: .texts, quarters: ["2026Q4"], order: order)
        let scenario = people.given(gone)
        #expect(scenario.when(command) == .decided([.keyDestroyed(destroyed)], .done))
        #expect(scenario.when(.destroyTexts(of: alice, quarters: [], order)) == .nothing)
        // What tells who a user was is another key: its destruction is still to be confirmed.
        #expect(
            scenario.given(.keyDestroyed(destroyed)).when(.confirmRemoval(alice))
                == .decided([.keyDestroyed(KeyDestroyed(user: alice, purpose: .person))], .done))
        let everybodys = KeyDestroyed(user: nil, purpose: .texts, quarters: ["2025Q1"], order: order)
        #expect(
            people.when(.destroyTexts(of: nil, quarters: ["2025Q1"], order))
                == .decided([.keyDestroyed(everybodys)], .done))
    }

    @Test func anAccountThatLivesLosesNothing() {
        let scenario = withGroup.given(requested(alice, bob))
        let steps: [Command] = [
            .removeContact(of: alice, with: bob), .removeMember(alice, of: climbers, heir: nil), .confirmRemoval(alice),
            .confirmRemoval(stranger),
        ]
        for step in steps { #expect(scenario.when(step) == .nothing) }
    }
}
