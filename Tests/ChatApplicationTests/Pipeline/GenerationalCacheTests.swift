import Testing

@testable import ChatApplication

@Suite struct GenerationalCacheTests {
    @Test func whatWasFoundLastOutlivesWhatWasNot() {
        var cache = GenerationalCache<Int, String>(limit: 3)
        for number in 1...3 { cache.store(number, "\(number)") }
        cache.store(4, "4")
        #expect(cache.find(1) == "1")
        for number in 5...7 { cache.store(number, "\(number)") }
        #expect(cache.peek(1) == "1")
        #expect(cache.peek(2) == nil)
    }

    @Test func whatIsAtHandStaysWhileFewerThanTheLimitAreStored() {
        var cache = GenerationalCache<Int, String>(limit: 100)
        cache.store(0, "wanted")
        for number in 1..<100 { cache.store(number, "other") }
        _ = cache.find(0)
        for number in 100..<199 {
            cache.store(number, "other")
            #expect(cache.peek(0) == "wanted")
        }
    }
}
