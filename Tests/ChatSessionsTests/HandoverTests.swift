import Testing

@testable import ChatSessions

@Suite struct HandoverTests {
    @Test func whatIsBeyondTheLimitIsNotTakenOn() {
        let handover = Handover(limit: 2)
        let begun = (0..<3).map { _ in handover.beginIfThereIsRoom() }
        #expect(begun == [true, true, false])
        #expect(handover.isFull)
        handover.end()
        #expect(!handover.isFull)
        #expect(handover.beginIfThereIsRoom())
    }

    @Test func whatMustNotBeDroppedIsCountedBeyondTheLimitToo() {
        let handover = Handover(limit: 1)
        for _ in 0..<3 { handover.begin() }
        for _ in 0..<2 { handover.end() }
        #expect(handover.isFull)
        handover.end()
        #expect(!handover.isFull)
    }
}
