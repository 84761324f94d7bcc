import Testing

@testable import ChatSessions

@Suite struct RateLimitsTests {
    private let second: Int64 = 1_000_000

    /// Contract: L7.
    @Test func aBurstIsTakenAtOnceAndTheRestAtTheRate() {
        var bucket = TokenBucket(rate: 10, burst: 3, now: 0)
        let burst = (0..<3).map { _ in bucket.take(now: 0) }
        #expect(burst == [nil, nil, nil])
        #expect(bucket.take(now: 0) == 100)
        #expect(bucket.take(now: second / 20) == 50)
        #expect(bucket.take(now: second / 10) == nil)
    }

    /// Contract: E7.
    @Test func whoWaitsAsToldIsServed() throws {
        var bucket = TokenBucket(rate: 3, burst: 1, now: 0)
        var now: Int64 = 0
        #expect(bucket.take(now: now) == nil)
        for _ in 0..<50 {
            let wait = bucket.take(now: now)
            now += try #require(wait) * 1_000
            #expect(bucket.take(now: now) == nil)
        }
    }

    @Test func aBucketHoldsNoMoreThanItsBurstAndAClockThatGoesBackGivesNothing() {
        var bucket = TokenBucket(rate: 100, burst: 2, now: 0)
        let waits = (0..<3).map { _ in bucket.take(now: 1_000 * second) }
        #expect(waits == [nil, nil, 10])
        #expect(bucket.take(now: 0) == 10)
    }

    @Test func rateZeroIsNoLimit() {
        var bucket = TokenBucket(rate: 0, burst: 1, now: 0)
        var counter = MinuteCounter(limit: 0)
        for _ in 0..<1_000 {
            #expect(bucket.take(now: 0) == nil)
            counter.count("a", now: 0)
        }
        #expect(counter.wait("a", now: 0) == nil)
    }

    /// Contract: L8, L9, L10.
    @Test func aMinuteAfterTheFirstOfSoManyTheNextIsAllowed() {
        var counter = MinuteCounter(limit: 2)
        counter.count("a", now: 0)
        #expect(counter.wait("a", now: 0) == nil)
        counter.count("a", now: second)
        #expect(counter.wait("a", now: 10 * second) == 50_000)
        #expect(counter.wait("b", now: 10 * second) == nil)
        #expect(counter.wait("a", now: 60 * second) == nil)
        counter.count("a", now: 60 * second)
        #expect(counter.wait("a", now: 60 * second) == 1_000)
    }

    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("::1", "0:0:0:0::/64"), ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("2001:db8:0:1::9", "2001:db8:0:1::/64"), ("2001:DB8::1:0:0:0:1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80:0:0:0::/64"), ("::ffff:192.0.2.7", "192.0.2.7"), ("::ffff:c000:207", "192.0.2.7"),
        ("", ""), ("no:address", "no:address"), ("1::2::3", "1::2::3"), ("1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9"),
    ])
    func whoHasAnAddressOfIPv6HasItsNetwork(address: String, network: String) {
        #expect(ClientNetwork.name(of: address) == network)
    }

    @Test func addressesOfOneNetworkAreCountedTogether() {
        var settings = SessionSettings()
        settings.rateLoginFailuresAddress = 1
        settings.rateRegistrations = 1
        let limits = SharedRateLimits(settings)
        limits.loginFailed(account: "#1", address: "2001:db8::1", now: 0)
        #expect(limits.loginWait(account: "#2", address: "2001:db8::2", now: 0) != nil)
        #expect(limits.loginWait(account: "#2", address: "2001:db8:0:1::2", now: 0) == nil)
        #expect(limits.register(address: "2001:db8::1", now: 0) == nil)
        #expect(limits.register(address: "2001:db8::2", now: 0) != nil)
    }

    @Test func aNameAndANumberOfOneAccountAreCountedAsTheCallerLabelsThem() {
        var settings = SessionSettings()
        settings.rateLoginFailures = 1
        settings.rateLoginFailuresAddress = 2
        let limits = SharedRateLimits(settings)
        limits.loginFailed(account: "#1", address: "x", now: 0)
        #expect(limits.loginWait(account: "#1", address: "x", now: 0) != nil)
        #expect(limits.loginWait(account: "#1", address: "y", now: 0) == nil)
        #expect(limits.loginWait(account: "#2", address: "x", now: 0) == nil)
        limits.loginFailed(account: "#2", address: "x", now: 0)
        #expect(limits.loginWait(account: "#3", address: "x", now: 0) != nil)
    }
}
