import ChatDomain
import ChatTestKit
import Testing

@Suite struct AudienceTests {
    @Test func aDirectMessageConcernsBothAndAGroupMessageTheGroup() {
        let direct = MessageSent(conversation: .direct(alice, bob), from: bob, text: "hi")
        #expect(ChatEvent.messageSent(direct).audience == Audience(users: [alice, bob]))
        let group = MessageSent(conversation: .group(climbers), from: bob, text: "hi")
        #expect(ChatEvent.messageSent(group).audience == Audience(group: climbers))
    }

    @Test func requestsAndFriendshipsConcernBoth() {
        let ended = ChatEvent.friendshipEnded(FriendshipEnded(by: alice, with: bob))
        for event in [requested(alice, bob), befriended(alice, bob), ended] {
            #expect(event.audience == Audience(users: [alice, bob]))
        }
    }

    /// Contract: F2.
    @Test func nobodyIsToldOfARejectionOrAWithdrawal() {
        let rejected = ChatEvent.friendRequestRejected(FriendRequestRejected(from: alice, to: bob))
        let withdrawn = ChatEvent.friendRequestWithdrawn(FriendRequestWithdrawn(from: alice, to: bob))
        for event in [rejected, withdrawn] { #expect(event.audience == Audience() && !event.isFeed) }
    }

    /// Contract: P5.
    @Test func whatHappensToAGroupConcernsItsMembersAndWhoComesOrGoes() {
        #expect(created().audience == Audience(users: [alice], group: climbers))
        #expect(joined(bob, members: 2).audience == Audience(users: [bob], group: climbers))
        #expect(left(bob, members: 1).audience == Audience(users: [bob], group: climbers))
        #expect(deleted(by: alice, members: 1).audience == Audience(group: climbers))
    }

    @Test(arguments: Samples.events)
    func theFeedHoldsExactlyWhatConcernsSomebody(_ event: ChatEvent) {
        #expect(event.isFeed == (event.audience != Audience()))
    }

    @Test func membershipsFriendshipsAndSessionsChangeTheRouting() {
        #expect(created().routing == .founded(climbers, alice))
        #expect(joined(bob, members: 2).routing == .joined(climbers, bob))
        #expect(left(bob, members: 1).routing == .left(climbers, bob))
        #expect(deleted(by: alice, members: 1).routing == .groupDeleted(climbers))
        #expect(befriended(alice, bob).routing == .befriended(alice, bob))
        let ended = ChatEvent.friendshipEnded(FriendshipEnded(by: alice, with: bob))
        #expect(ended.routing == .unfriended(alice, bob))
        #expect(requested(alice, bob).routing == nil)
        let block = Block(by: alice, user: bob)
        #expect(ChatEvent.userBlocked(UserBlocked(by: alice, user: bob)).routing == .blocked(block))
        #expect(ChatEvent.userUnblocked(UserUnblocked(by: alice, user: bob)).routing == .unblocked(block))
    }

    @Test func thereIsASampleOfEveryTypeOfEvent() {
        #expect(Set(Samples.events.map(\.type)) == Set(EventType.allCases))
    }

    @Test func typesAreNamedAsTheirCases() {
        for type in EventType.allCases { #expect(type.rawValue.lowercased() == "\(type)".lowercased()) }
    }
}
