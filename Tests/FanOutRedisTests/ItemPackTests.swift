import ChatApplication
import ChatDomain
import ChatTestKit
import Testing

@testable import FanOutRedis

@Suite("Packs of items")
struct ItemPackTests {
    private func pack(_ positions: ClosedRange<Int64>, line: [UInt8] = [7]) -> ItemPack {
        var pack = ItemPack()
        for position in positions {
            let item = FeedItem(
                position: Position(position), at: 5, audience: Audience(users: [UserID(3)]), line: line,
                personal: [UserID(4): [1, 2]])
            pack.add(PackedItem(item), previous: Position(position - 1))
        }
        return pack
    }

    @Test func aPackIsFullByItsItemsOrItsBytes() {
        #expect(!pack(1...Int64(ItemPack.most - 1)).isFull)
        #expect(pack(1...Int64(ItemPack.most)).isFull)
        #expect(pack(1...1, line: Array(repeating: 7, count: ItemPack.fullBytes)).isFull)
    }

    @Test func aPackThatWasCutOrHasAnotherFormIsRefused() {
        let whole = pack(1...3).bytes
        let each = (whole.count - 1) / 3
        for count in 0..<whole.count {
            let items = try? ItemPack.items(Array(whole.prefix(count)))
            // Between two items nothing tells that more should follow: Redis keeps a value whole or not at all.
            #expect(items?.count == (count % each == 1 ? count / each : nil))
        }
        #expect(throws: BrokenPack.self) { try ItemPack.items([2] + whole.dropFirst()) }
    }

    @Test func noBytesStopTheReader() {
        var random = SplitMix64(seed: 7)
        let whole = pack(1...2).bytes
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<3 {
                bytes[Int.random(in: 1..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? ItemPack.items(bytes)
        }
    }
}
