import ChatApplication
import ChatDomain
import Testing

@testable import ChatSessions

@Suite struct ReceiptGatheringTests {
    private func receipt(
        _ progress: ReadingProgress, _ user: Int64 = 9, group: Int64? = nil
    ) -> ConversationReceipt {
        ConversationReceipt(
            conversation: group.map { .group(GroupID($0)) } ?? .direct(UserID(3), UserID(9)),
            user: UserID(user), name: "bob", progress: progress)
    }

    private func progress(_ due: [ReceiptGathering.Addressed]) -> [ReadingProgress] { due.map(\.receipt.progress) }

    @Test func theFirstIsToldAtOnceAndOfThoseOfItsSecondTheLatest() {
        var gathering = ReceiptGathering()
        #expect(gathering.take(receipt(.read(1)), origin: nil, now: 0) != nil)
        for seq: Int64 in 2...5 { #expect(gathering.take(receipt(.read(seq)), origin: nil, now: 500_000) == nil) }
        #expect(gathering.due(now: 999_999).isEmpty)
        #expect(progress(gathering.due(now: 1_000_000)) == [.read(5)])
        #expect(gathering.due(now: 9_000_000).isEmpty)
    }

    @Test func whatWasToldIsNotToldAgainAndNothingGoesBack() {
        var gathering = ReceiptGathering()
        #expect(gathering.take(receipt(.delivered(4)), origin: nil, now: 0) != nil)
        for seq: Int64 in [4, 3] {
            #expect(gathering.take(receipt(.delivered(seq)), origin: nil, now: 5_000_000) == nil)
        }
        #expect(gathering.due(now: 9_000_000).isEmpty)
        #expect(gathering.take(receipt(.delivered(5)), origin: nil, now: 10_000_000) != nil)
    }

    @Test func arrivingAndReadingAreToldOneAfterTheOther() {
        var gathering = ReceiptGathering()
        #expect(gathering.take(receipt(.read(1)), origin: nil, now: 0) != nil)
        #expect(gathering.take(receipt(.delivered(1)), origin: nil, now: 10) == nil)
        #expect(gathering.take(receipt(.read(2)), origin: nil, now: 20) == nil)
        #expect(progress(gathering.due(now: 1_000_000)) == [.read(2)])
        #expect(gathering.due(now: 1_999_999).isEmpty)
        #expect(progress(gathering.due(now: 2_000_000)) == [.delivered(1)])
    }

    @Test func readersAndConversationsDoNotWaitForEachOther() {
        var gathering = ReceiptGathering()
        #expect(gathering.take(receipt(.read(1)), origin: nil, now: 0) != nil)
        #expect(gathering.take(receipt(.read(1), 3), origin: nil, now: 0) != nil)
        #expect(gathering.take(receipt(.read(1), group: 7), origin: nil, now: 0) != nil)
    }

    @Test func whatWaitsIsBounded() {
        var gathering = ReceiptGathering()
        let groups = Int64(ReceiptGathering.limit) + 10
        for group in 1...groups {
            _ = gathering.take(receipt(.read(1), group: group), origin: nil, now: 0)
            _ = gathering.take(receipt(.read(2), group: group), origin: nil, now: 1)
        }
        #expect(gathering.due(now: 2_000_000).count <= ReceiptGathering.limit)
    }
}

@Suite struct ArrivalsTests {
    private func arrivals(_ messages: [(position: Int64, from: Int64, seq: Int64)]) -> Arrivals {
        var arrivals = Arrivals()
        for message in messages {
            arrivals.add(Position(message.position), from: UserID(message.from), seq: message.seq)
        }
        return arrivals
    }

    @Test func anAcknowledgementNamesTheNewestOfEachSenderThatItCovers() {
        var arrivals = arrivals([(1, 3, 1), (2, 4, 1), (5, 3, 2), (8, 3, 3)])
        #expect(arrivals.take(upTo: Position(5)) == [UserID(3): 2, UserID(4): 1])
        #expect(arrivals.take(upTo: Position(7)) == [:])
        #expect(arrivals.take(upTo: Position(8)) == [UserID(3): 3])
        #expect(arrivals.take(upTo: Position(99)) == [:])
    }

    @Test func aLateAcknowledgementStillNamesEverySender() {
        var messages: [(position: Int64, from: Int64, seq: Int64)] = (1...100).map { ($0, 100 + $0, 1) }
        messages += (101...20_000).map { ($0, 3, $0 - 100) }
        var arrivals = arrivals(messages)
        let newest = arrivals.take(upTo: Position(20_000))
        #expect(newest.count == 101)
        #expect(newest[UserID(3)] == 19_900)
    }

    @Test func whatIsKeptIsBounded() {
        var arrivals = arrivals((1...50_000).map { ($0, $0, 1) })
        #expect(arrivals.take(upTo: Position(50_000)).count <= 2 * Arrivals.limit)
    }
}
