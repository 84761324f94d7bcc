import ChatDomain
import ChatTestKit
import Testing

@Suite struct BlockTests {
    let blocked = ChatEvent.userBlocked(UserBlocked(by: alice, user: bob))

    @Test func aBlockEndsWhateverIsBetweenTheTwo() {
        #expect(people.when(.block(bob), by: alice) == .decided(blocked, .done))
        let cases: [(ChatEvent, ChatEvent)] = [
            (befriended(bob, alice), .friendshipEnded(FriendshipEnded(by: alice, with: bob))),
            (requested(alice, bob), .friendRequestWithdrawn(FriendRequestWithdrawn(from: alice, to: bob))),
            (requested(bob, alice), .friendRequestRejected(FriendRequestRejected(from: bob, to: alice))),
        ]
        for (before, end) in cases {
            #expect(people.given(before).when(.block(bob), by: alice) == .decided([end, blocked], .done))
        }
    }

    @Test func neitherSpeaksNorBefriendsWhileOneBlocks() {
        let scenario = people.given(blocked)
        for (me, other) in [(alice, bob), (bob, alice)] {
            let message = SendMessage(target: .user(other), text: "hi")
            #expect(scenario.when(.sendMessage(message), by: me) == .refused(.forbidden))
            #expect(scenario.when(.addFriend(other), by: me) == .refused(.forbidden))
        }
    }

    @Test func anUnblockLetsBothSpeakAgainUnlessTheOtherBlocksToo() {
        let message = SendMessage(target: .user(alice), text: "hi")
        let unblocked = ChatEvent.userUnblocked(UserUnblocked(by: alice, user: bob))
        #expect(people.given(blocked).when(.unblock(bob), by: alice) == .decided(unblocked, .done))
        #expect(people.given(blocked, unblocked).when(.sendMessage(message), by: bob) != .refused(.forbidden))
        let mutual = people.given(blocked, .userBlocked(UserBlocked(by: bob, user: alice)), unblocked)
        #expect(mutual.when(.sendMessage(message), by: bob) == .refused(.forbidden))
        #expect(mutual.when(.unblock(bob), by: alice) == .nothing)
    }

    @Test func whatChangesNothingIsNoEvent() {
        #expect(people.given(blocked).when(.block(bob), by: alice) == .nothing)
        #expect(people.when(.unblock(bob), by: alice) == .nothing)
        #expect(people.given(blocked).when(.unblock(alice), by: bob) == .nothing)
    }

    @Test func nobodyBlocksOneselfOrNobody() {
        for command in [Command.block(alice), .unblock(alice)] {
            #expect(people.when(command, by: alice) == .refused(.selfNotAllowed))
        }
        #expect(people.when(.block(stranger), by: alice) == .refused(.noSuchUser))
    }

    @Test func groupsThatBothAreInAreNotAffected() {
        let scenario = withGroup.given(joined(bob, members: 2), blocked)
        let message = SendMessage(target: .group(climbers), text: "hi")
        for user in [alice, bob] { #expect(scenario.when(.sendMessage(message), by: user) != .refused(.forbidden)) }
    }
}
