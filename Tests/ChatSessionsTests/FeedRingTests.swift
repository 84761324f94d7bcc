import ChatApplication
import ChatDomain
import Testing

@testable import ChatSessions

@Suite struct FeedRingTests {
    private func item(_ position: Int64, bytes: Int = 0) -> FeedItem {
        FeedItem(
            position: Position(position), at: 0, audience: Audience(), line: Array(repeating: 0x78, count: bytes))
    }

    private func positions(_ ring: FeedRing, after position: Int64) -> [Int64] {
        ring.items(after: Position(position)).map { $0.position.value }
    }

    @Test func itGivesWhatComesAfterAPosition() {
        var ring = FeedRing(limit: 10_000)
        ring.begin(at: Position(10))
        for position: Int64 in [12, 15, 20] { ring.append(item(position)) }
        ring.advance(to: Position(22))
        #expect(positions(ring, after: 10) == [12, 15, 20])
        #expect(positions(ring, after: 15) == [20])
        #expect(positions(ring, after: 22) == [])
    }

    @Test func itCoversFromWhereItBeganToWhereItWasGivenEverything() {
        var ring = FeedRing(limit: 10_000)
        ring.begin(at: Position(10))
        ring.append(item(12))
        ring.advance(to: Position(22))
        #expect(!ring.covers(after: Position(9)))
        #expect(ring.covers(after: Position(10)))
        #expect(ring.covers(after: Position(22)))
        #expect(!ring.covers(after: Position(23)))
    }

    @Test func whatItLetsGoOfItNoLongerCovers() {
        var ring = FeedRing(limit: 1_000)
        ring.begin(at: .start)
        for position in 1...500 { ring.append(item(Int64(position), bytes: 100)) }
        ring.advance(to: Position(500))
        let kept = positions(ring, after: 0)
        #expect(kept.last == 500)
        #expect(kept.count == 3)
        #expect(!ring.covers(after: Position(496)))
        #expect(ring.covers(after: Position(497)))
        #expect(positions(ring, after: 498) == [499, 500])
    }

    @Test func anItemLargerThanTheRingEmptiesIt() {
        var ring = FeedRing(limit: 1_000)
        ring.begin(at: .start)
        ring.append(item(1, bytes: 5_000))
        ring.advance(to: Position(1))
        #expect(positions(ring, after: 0) == [])
        #expect(!ring.covers(after: .start))
        #expect(ring.covers(after: Position(1)))
    }
}
