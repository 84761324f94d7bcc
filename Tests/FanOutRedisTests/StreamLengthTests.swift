import Testing

@testable import FanOutRedis

@Suite struct StreamLengthTests {
    @Test func smallEntriesAreBoundedInNumber() {
        var length = StreamLength()
        for _ in 0..<(2 * RedisFanOut.streamLength) {
            #expect(length.add(300, items: 1) == RedisFanOut.streamLength)
        }
    }

    @Test func packsAreBoundedByTheItemsInThem() {
        var length = StreamLength()
        for _ in 0..<100 { #expect(length.add(300, items: 100) == RedisFanOut.streamLength) }
        for _ in 0..<300 { #expect(length.add(300, items: 100) == 100) }
        #expect(length.add(300, items: 1) == 100)
    }

    @Test func largeEntriesAreBoundedInBytes() {
        var length = StreamLength()
        let weight = RedisFanOut.streamBytes / 100
        for _ in 0..<100 { #expect(length.add(weight, items: 1) == RedisFanOut.streamLength) }
        for _ in 0..<1_000 { #expect(length.add(weight, items: 1) == 100) }
        #expect(length.add(3 * RedisFanOut.streamBytes, items: 1) == 1, "the newest is kept, however large")
        #expect(length.add(300, items: 1) == 1)
        #expect(length.add(300, items: 1) == 2, "and small ones again in their number")
    }
}
