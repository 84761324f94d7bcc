import ChatDomain
import ChatTestKit
import Testing

@Suite struct FriendRequestTests {
    let asked = people.given(requested(alice, bob))
    let friends = people.given(requested(alice, bob), befriended(alice, bob))

    /// Contract: F1.
    @Test func askingIsARequest() {
        #expect(
            people.when(.addFriend(bob), by: alice) == .decided(requested(alice, bob), .friendState(.requested)))
    }

    /// Contract: F1.
    @Test func askingWhoAskedMakesFriends() {
        #expect(asked.when(.addFriend(alice), by: bob) == .decided(befriended(alice, bob), .friendState(.friends)))
    }

    /// Contract: F2.
    @Test func acceptingMakesFriends() {
        #expect(asked.when(.acceptFriend(alice), by: bob) == .decided(befriended(alice, bob), .friendState(.friends)))
    }

    /// Contract: F2.
    @Test func rejectingEndsTheRequest() {
        let event = ChatEvent.friendRequestRejected(FriendRequestRejected(from: alice, to: bob))
        #expect(asked.when(.rejectFriend(alice), by: bob) == .decided(event, .friendState(.none)))
        #expect(asked.given(event).when(.acceptFriend(alice), by: bob) == .refused(.noSuchRequest))
        #expect(
            asked.given(event).when(.addFriend(bob), by: alice)
                == .decided(requested(alice, bob), .friendState(.requested)))
    }

    /// Contract: F3.
    @Test func removingTakesBackOnesOwnRequest() {
        let event = ChatEvent.friendRequestWithdrawn(FriendRequestWithdrawn(from: alice, to: bob))
        #expect(asked.when(.removeFriend(bob), by: alice) == .decided(event, .done))
        #expect(asked.given(event).when(.acceptFriend(alice), by: bob) == .refused(.noSuchRequest))
    }

    @Test func removingLeavesTheOthersRequestAlone() {
        #expect(asked.when(.removeFriend(alice), by: bob) == .nothing)
    }

    /// Contract: F3.
    @Test func eitherSideEndsAFriendship() {
        for (me, other) in [(alice, bob), (bob, alice)] {
            let event = ChatEvent.friendshipEnded(FriendshipEnded(by: me, with: other))
            #expect(friends.when(.removeFriend(other), by: me) == .decided(event, .done))
            #expect(friends.given(event).when(.removeFriend(me), by: other) == .nothing)
        }
    }

    /// Contract: F3.
    @Test func removingNothingChangesNothing() { #expect(people.when(.removeFriend(bob), by: alice) == .nothing) }

    /// Contract: F1, E4.
    @Test func askingTwiceIsRefused() {
        #expect(asked.when(.addFriend(bob), by: alice) == .refused(.alreadyRequested))
    }

    @Test func friendsCannotBecomeFriendsAgain() {
        for command in [Command.addFriend(bob), .acceptFriend(bob)] {
            #expect(friends.when(command, by: alice) == .refused(.alreadyFriends))
        }
    }

    /// Contract: F2, E3.
    @Test func onlyWhoWasAskedAnswers() {
        for command in [Command.acceptFriend(bob), .rejectFriend(bob)] {
            #expect(asked.when(command, by: alice) == .refused(.noSuchRequest))
            #expect(people.when(command, by: alice) == .refused(.noSuchRequest))
        }
        #expect(friends.when(.rejectFriend(bob), by: alice) == .refused(.noSuchRequest))
    }

    /// Contract: E6, E3.
    @Test(arguments: [alice, stranger])
    func nobodyBefriendsOneselfOrNobody(_ other: UserID) {
        let refusal: Refusal = other == alice ? .selfNotAllowed : .noSuchUser
        for command in [Command.addFriend(other), .acceptFriend(other), .rejectFriend(other), .removeFriend(other)] {
            #expect(people.when(command, by: alice) == .refused(refusal))
        }
    }

    @Test func whoIsNotLoggedInDoesNothing() {
        for command in [Command.addFriend(bob), .acceptFriend(bob), .rejectFriend(bob), .removeFriend(bob)] {
            #expect(people.when(command) == .refused(.notLoggedIn))
            #expect(people.when(command, by: stranger) == .refused(.notLoggedIn))
        }
    }
}

@Suite struct FriendLimitTests {
    /// Contract: L6, E5.
    @Test func tooManyRequestsByOneUserAreRefused() {
        let scenario = people.given(requested(alice, bob)).limited { $0.userRequests = 1 }
        #expect(scenario.when(.addFriend(carol), by: alice) == .refused(.tooMany))
        #expect(scenario.limited { $0.userRequests = 2 }.when(.addFriend(carol), by: alice) != .refused(.tooMany))
    }

    /// Contract: L6.
    @Test func tooManyRequestsToOneUserAreRefused() {
        let scenario = people.given(requested(alice, bob)).limited { $0.userRequests = 1 }
        #expect(scenario.when(.addFriend(bob), by: carol) == .refused(.tooMany))
    }

    @Test func anEndedRequestCountsNoMore() {
        let ends: [ChatEvent] = [
            .friendRequestWithdrawn(FriendRequestWithdrawn(from: alice, to: bob)),
            .friendRequestRejected(FriendRequestRejected(from: alice, to: bob)), befriended(alice, bob),
        ]
        for end in ends {
            let scenario = people.given(requested(alice, bob), end).limited { $0.userRequests = 1 }
            #expect(
                scenario.when(.addFriend(carol), by: alice)
                    == .decided(requested(alice, carol), .friendState(.requested)))
            #expect(
                scenario.when(.addFriend(bob), by: carol)
                    == .decided(requested(carol, bob), .friendState(.requested)))
        }
    }

    /// Contract: L4.
    @Test(arguments: [alice, bob])
    func neitherSideMayHaveTooManyFriends(_ popular: UserID) {
        let scenario = people.given(
            requested(popular, carol), befriended(popular, carol), requested(alice, bob)
        ).limited { $0.userFriends = 1 }
        #expect(scenario.when(.acceptFriend(alice), by: bob) == .refused(.tooMany))
        #expect(scenario.when(.addFriend(alice), by: bob) == .refused(.tooMany))
        let ended = scenario.given(.friendshipEnded(FriendshipEnded(by: carol, with: popular)))
        #expect(
            ended.when(.acceptFriend(alice), by: bob) == .decided(befriended(alice, bob), .friendState(.friends)))
    }

    @Test func everyStepBetweenTwoUsersMovesTheCountsOfBoth() {
        var scenario = people
        for (command, actor) in [
            (Command.addFriend(bob), alice), (.rejectFriend(alice), bob), (.addFriend(bob), alice),
            (.removeFriend(bob), alice), (.addFriend(bob), alice), (.addFriend(alice), bob),
            (.removeFriend(alice), bob),
        ] {
            let before = scenario.version(.counts(alice))
            _ = scenario.carryOut(command, by: actor)
            #expect(scenario.version(.counts(alice)) == before + 1)
            #expect(scenario.version(.counts(bob)) == before + 1)
        }
        #expect(scenario.state(.counts(alice)) == .counts(CountsState()))
        #expect(scenario.state(.counts(bob)) == .counts(CountsState()))
    }
}
