import Testing

@testable import ChatBenchKit

@Suite("What is found wrong")
struct CheckTests {
    @Test func aFeedInOrderWithOneSOwnAnswersBetweenIsClean() {
        var check = FeedCheck(members: 2, own: 0)
        check.pushed(position: 10)
        let isNew1 = check.shown(member: 1, number: 0, seq: 4)
        #expect(isNew1)
        check.answered(seq: 6)
        check.answered(seq: 5)
        check.pushed(position: 14)
        let isNew2 = check.shown(member: 1, number: 1, seq: 7)
        #expect(isNew2)
        #expect(check.finished() == Faults())
        #expect(check.position == 14)
    }

    @Test func aRepeatedMessageIsCountedAsThat() {
        var check = FeedCheck(members: 2, own: 0)
        let isNew3 = check.shown(member: 1, number: 0, seq: 4)
        #expect(isNew3)
        let isNew4 = check.shown(member: 1, number: 0, seq: 4)
        #expect(!isNew4)
        #expect(check.finished() == Faults(repeated: 1))
    }

    @Test func aPositionOrSeqThatDoesNotRiseIsOutOfOrder() {
        var check = FeedCheck(members: 2, own: 0)
        check.pushed(position: 10)
        check.pushed(position: 10)
        _ = check.shown(member: 1, number: 1, seq: 5)
        _ = check.shown(member: 1, number: 0, seq: 4)
        #expect(check.finished() == Faults(outOfOrder: 2))
    }

    @Test func withoutSeqEachSenderSMessagesAreInOrderByThemselves() {
        var check = FeedCheck(members: 3, own: 2)
        for (member, number) in [(0, 5), (1, 0), (0, 6), (1, 1), (0, 4), (1, 2)] {
            _ = check.shown(member: member, number: number, seq: nil)
        }
        let isNew = check.shown(member: 0, number: 6, seq: nil)
        #expect(!isNew)
        #expect(check.finished() == Faults(repeated: 1, outOfOrder: 1))
    }

    @Test func aNumberNeitherSeenNorAnsweredIsAGap() {
        var check = FeedCheck(members: 3, own: 2)
        _ = check.shown(member: 1, number: 0, seq: 4)
        _ = check.shown(member: 0, number: 0, seq: 7)
        #expect(check.finished() == Faults(gaps: 2))
    }

    @Test func anotherSAndOneSOwnMessagesAreMisdelivered() {
        var check = FeedCheck(members: 2, own: 0)
        let isNew5 = check.shown(member: nil, number: 0, seq: 1)
        #expect(!isNew5)
        let isNew6 = check.shown(member: 0, number: 0, seq: 1)
        #expect(!isNew6)
        #expect(check.finished() == Faults(misdelivered: 2))
    }

    @Test func setsTellWhatIsMissing() {
        var (all, some) = (MessageSet(), MessageSet())
        for number in 0..<200 { all.insert(number) }
        for number in 0..<100 where number != 64 { some.insert(number) }
        #expect(all.missing(from: some) == 101)
        #expect(all.common(with: some) == 99)
        #expect(some.missing(from: all) == 0)
        let isNew7 = some.insert(63)
        #expect(!isNew7)
        #expect(some.count == 99)
    }

    @Test func aProcessIsReadWhateverItsName() throws {
        let line = "42 (a) b) (c) S 7 42 42 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 1 0"
        let found = try #require(ProcessTimes.parse(stat: line))
        #expect(found == (7, 100))
        #expect(ProcessTimes.parse(stat: "nothing") == nil)
    }

    @Test func theMachineIsBusyWithAllButIdlingAndTheft() {
        let times = MachineTimes(stat: "cpu  1 2 4 1000 500 8 16 32 0 0\ncpu0 1 1 1")
        #expect(times.busy == 31)
        #expect(times.stolen == 32)
    }
}
