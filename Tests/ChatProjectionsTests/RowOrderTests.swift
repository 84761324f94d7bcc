import ChatProjections
import ChatTestKit
import Testing

@Suite struct RowOrderTests {
    @Test func textsAreOrderedByTheirBytes() {
        let texts = ["", "a", "a\u{1}", "ab", "b", "e\u{301}", "z", "\u{E9}", "\u{FFFD}", "\u{1F600}"]
        let keys = texts.map { RowKey([.text($0)]) }
        #expect(RowOrder.sorted(keys.shuffled()).map { "\($0)" } == keys.map { "\($0)" })
        #expect(!RowOrder.areSame(.text("e\u{301}"), .text("\u{E9}")), "Unicode calls them equal; bytes differ")
    }

    @Test func numbersBelowZeroComeFirst() {
        let keys = [Int64.min, -300, -1, 0, 1, 255, 256, .max].map { RowKey([.integer($0)]) }
        #expect(RowOrder.sorted(keys.shuffled()) == keys)
    }

    /// The short form of a key never decides otherwise than the key.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func sortingAgreesWithComparing(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let texts = ["", "a", "messages:direct:1:2", "messages:direct:1:20", "messages:direct:1:2:", "marks", "ä"]
        let keys = (0..<300).map { _ in
            RowKey([
                .text(texts[Int.random(in: 0..<texts.count, using: &random)]),
                .integer(Int64.random(in: -3...3, using: &random)),
                .text(texts[Int.random(in: 0..<texts.count, using: &random)]),
                .time(Int64.random(in: -1...1, using: &random)),
            ])
        }
        let sorted = RowOrder.sorted(keys)
        for (left, right) in zip(sorted, sorted.dropFirst()) { #expect(!RowOrder.precedes(right, left)) }
        #expect(sorted.count == keys.count)
    }
}
