import ChatDomain
import ChatProjections
import Testing

@Suite struct MessageTallyTests {
    let direct = Conversation.direct(UserID(3), UserID(9))
    let climbers = Conversation.group(GroupID(7))

    private func message(_ conversation: Conversation, _ sender: Int64, _ seq: Int64) -> SentMessage {
        SentMessage(
            conversation: conversation, sender: UserID(sender), seq: seq, position: Position(seq * 10))
    }

    @Test func messagesOfAConversationComeOutAsOneTally() {
        var tallies = MessageTallies()
        for seq in 4...9 as ClosedRange<Int64> {
            let before = tallies.add(message(direct, seq.isMultiple(of: 2) ? 3 : 9, seq))
            #expect(before == nil)
        }
        let tally = tallies.take(direct)
        #expect(tally?.firstSeq == 4 && tally?.lastSeq == 9 && tally?.lastPosition == Position(90))
        #expect(tally?.senders.map(\.user) == [UserID(3), UserID(9)])
        #expect(tally?.senders.map(\.lastSeq) == [8, 9])
        #expect(tallies.take(direct) == nil)
        _ = tallies.add(message(direct, 3, 10))
        #expect(tallies.take(direct)?.firstSeq == 10)
    }

    @Test func everySenderOfAGroupIsKeptWithTheLastMessage() {
        var tallies = MessageTallies()
        var last: [UserID: Int64] = [:]
        for seq in 1...1_000 as ClosedRange<Int64> {
            let sender = seq * seq % 97 + 1
            last[UserID(sender)] = seq
            _ = tallies.add(message(climbers, sender, seq))
        }
        let senders = tallies.take(climbers)?.senders ?? []
        #expect(senders.map(\.user) == last.keys.sorted())
        for sender in senders { #expect(last[sender.user] == sender.lastSeq) }
    }

    @Test func aMessageThatFallsBackEndsTheTallyBeforeIt() {
        var tallies = MessageTallies()
        _ = tallies.add(message(direct, 3, 5))
        let before = tallies.add(message(direct, 9, 1))
        #expect(before?.lastSeq == 5)
        #expect(tallies.take(direct)?.firstSeq == 1)
    }

    @Test func ofOneUserTheConversationsOfTwoAreTaken() {
        var tallies = MessageTallies()
        let others = [Conversation.direct(UserID(1), UserID(3)), .direct(UserID(3), UserID(4))]
        for conversation in [direct, climbers, others[0], .direct(UserID(1), UserID(9))] {
            _ = tallies.add(message(conversation, 3, 1))
        }
        func taken(_ user: Int64) -> [Conversation] {
            var taken: [Conversation] = []
            tallies.take(with: UserID(user)) { taken.append($0.conversation) }
            return taken
        }
        #expect(taken(3) == [direct, others[0]])
        #expect(taken(3).isEmpty && taken(5).isEmpty)
        _ = tallies.add(message(others[1], 4, 1))
        _ = tallies.add(message(direct, 9, 2))
        #expect(taken(3) == [direct, others[1]])
        var rest: [Conversation] = []
        tallies.takeAll { rest.append($0.conversation) }
        #expect(rest == [climbers, .direct(UserID(1), UserID(9))])
    }

    @Test func allTalliesAreTakenOnce() {
        var tallies = MessageTallies()
        _ = tallies.add(message(direct, 3, 1))
        _ = tallies.add(message(climbers, 3, 1))
        var taken: [Conversation] = []
        tallies.takeAll { taken.append($0.conversation) }
        #expect(taken == [direct, climbers])
        tallies.takeAll { _ in Issue.record("a tally was taken twice") }
    }
}
