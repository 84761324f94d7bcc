import Testing

@testable import ChatSessions

@Suite struct BatchRepliesTests {
    @Test func theRepliesComeInTheOrderOfTheRequestsOnceTheLastIsThere() {
        let batch = BatchReplies(count: 3)
        #expect(batch.add([3], at: 2) == nil)
        #expect(batch.add(nil, at: 1) == nil)
        #expect(batch.add([1], at: 0) == [[1], [3]])
    }

    @Test func repliesWithinTheirBudgetsFitIntoOneFrame() {
        for count in [1, 2, 7, 64] {
            let batch = BatchReplies(count: count)
            var bytes = 1
            for index in 0..<count {
                let reply = ReplySlot(batch: batch, index: index).budget + BatchReplies.envelope - 1
                bytes += reply + 1
                _ = batch.add(Array(repeating: 0, count: reply), at: index)
            }
            #expect(bytes <= SessionSettings.replyBytes + 1)
        }
    }

    @Test func shortRepliesLeaveTheirShareToThoseBehindThem() {
        let batch = BatchReplies(count: 64)
        for index in 0..<63 { _ = batch.add(Array(repeating: 0, count: 100), at: index) }
        #expect(ReplySlot(batch: batch, index: 63).budget > 1_000_000)
    }

    /// Contract: A1.
    @Test func everySettingHasARangeThatHoldsItsDefault() {
        for (name, key) in SessionSettings.names {
            #expect(SessionSettings.range(of: name).contains(SessionSettings()[keyPath: key]))
        }
    }
}
