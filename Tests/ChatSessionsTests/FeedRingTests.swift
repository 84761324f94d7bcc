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

    @Test func aTextThatWasTakenBackIsInNoItemAnyMore() {
        var ring = FeedRing(limit: 10_000)
        ring.begin(at: .start)
        func add(_ position: Int64, _ line: String, marking message: Int64? = nil) {
            let mark = message.map { FeedItem.Mark(message: Position($0), isRecall: false) }
            ring.append(
                FeedItem(
                    position: Position(position), at: 0, audience: Audience(), mark: mark, line: Array(line.utf8)))
        }
        add(1, #"{"jsonrpc":"2.0","method":"message","params":{"seq":1,"text":"kept"}}"#)
        add(2, #"{"jsonrpc":"2.0","method":"message","params":{"seq":2,"text":"secret"}}"#)
        add(3, #"{"jsonrpc":"2.0","method":"edited","params":{"seq":1,"text":"also kept"}}"#, marking: 1)
        add(4, #"{"jsonrpc":"2.0","method":"edited","params":{"seq":2,"text":"secret too"}}"#, marking: 2)
        ring.forgetText(of: Position(2))
        let lines = ring.items(after: .start).map { String(decoding: $0.line, as: UTF8.self) }
        #expect(lines.map { $0.contains("secret") } == [false, false, false, false])
        #expect(lines[0].contains("kept") && lines[2].contains("also kept"))
        #expect(lines[1].contains(#""recalled":true"#) && !lines[3].contains("recalled"))
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
