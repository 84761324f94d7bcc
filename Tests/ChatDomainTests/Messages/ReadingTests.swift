import ChatDomain
import ChatTestKit
import Testing

@Suite struct ReadingTests {
    let direct = Conversation.direct(alice, bob)

    func read(_ conversation: Conversation, _ seq: Int64, last: Int64 = 9, alreadyRead: Int64 = 0) -> Command {
        .readConversation(
            ReadConversation(conversation: conversation, seq: seq, last: last, alreadyRead: alreadyRead))
    }

    func hasRead(_ conversation: Conversation, _ user: UserID, _ seq: Int64, members: Int? = nil) -> ChatEvent {
        .conversationRead(ConversationRead(conversation: conversation, user: user, seq: seq, members: members))
    }

    @Test func bothSidesReadADirectConversation() {
        for user in [alice, bob] {
            #expect(people.when(read(direct, 4), by: user) == .decided(hasRead(direct, user, 4), .done))
        }
    }

    @Test func aMemberReadsAGroupWhoseSizeIsTold() {
        let scenario = withGroup.given(joined(bob, members: 2))
        #expect(
            scenario.when(read(.group(climbers), 4), by: bob)
                == .decided(hasRead(.group(climbers), bob, 4, members: 2), .done))
    }

    @Test func nobodyReadsFurtherThanTheLastMessage() {
        #expect(people.when(read(direct, 12), by: alice) == .decided(hasRead(direct, alice, 9), .done))
        #expect(people.when(read(direct, 1, last: 0), by: alice) == .nothing)
    }

    @Test func readingNeverGoesBack() {
        let scenario = people.given(hasRead(direct, alice, 4))
        for seq: Int64 in 1...4 { #expect(scenario.when(read(direct, seq), by: alice) == .nothing) }
        #expect(scenario.when(read(direct, 5), by: alice) == .decided(hasRead(direct, alice, 5), .done))
        #expect(people.when(read(direct, 5, alreadyRead: 5), by: alice) == .nothing)
    }

    @Test func whatOneHasReadIsNotWhatTheOtherHas() {
        let scenario = people.given(hasRead(direct, alice, 4))
        #expect(scenario.when(read(direct, 2), by: bob) == .decided(hasRead(direct, bob, 2), .done))
    }

    @Test func whoTakesNoPartReadsNothing() {
        let former = withGroup.given(joined(bob, members: 2), left(bob, members: 1))
        #expect(people.when(read(direct, 1), by: carol) == .refused(.forbidden))
        for user in [bob, carol] {
            #expect(former.when(read(.group(climbers), 1), by: user) == .refused(.notAMember))
        }
        #expect(people.when(read(.group(climbers), 1), by: bob) == .refused(.notAMember))
        let gone = withGroup.given(joined(bob, members: 2), deleted(by: alice, members: 2))
        #expect(gone.when(read(.group(climbers), 1), by: bob) == .refused(.notAMember))
        #expect(people.when(read(direct, 1)) == .refused(.notLoggedIn))
    }

    @Test func aReadingKeepsNoMessageFromBeingSent() {
        #expect(people.reads(read(direct, 1), by: alice) == [.account(alice), .read(direct, by: alice)])
    }
}
