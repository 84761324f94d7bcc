import Testing

@testable import PostgresClient

@Suite struct RequestQueueTests {
    private var queue = RequestQueue<Int>(inFlightLimit: 2)

    /// The next step in one word.
    private mutating func step() -> String {
        switch queue.nextStep() {
        case .send(let id): "send \(id)"
        case .startExclusive(let id): "exclusive \(id)"
        case .grantHold(let id): "hold \(id)"
        case nil: "wait"
        }
    }

    private mutating func submit(_ id: UInt64, _ kind: RequestQueue<Int>.Kind, holder: UInt64? = nil) {
        queue.submit(id, kind, Int(id), holder: holder)
    }

    @Test mutating func noMoreAreInFlightThanAllowed() {
        for id in 1...3 { submit(UInt64(id), .ordinary) }
        #expect(step() == "send 1")
        #expect(step() == "send 2")
        #expect(step() == "wait")
        queue.finishOldest()
        #expect(step() == "send 3")
        #expect(queue.oldestInFlight == 2)
    }

    @Test mutating func anExclusiveRequestWaitsForThoseAheadAndHoldsUpThoseBehind() {
        submit(1, .ordinary)
        submit(2, .exclusive)
        submit(3, .ordinary)
        #expect(step() == "send 1")
        #expect(step() == "wait")
        queue.finishOldest()
        #expect(step() == "exclusive 2")
        #expect(step() == "wait")
        queue.finishExclusive(2)
        #expect(step() == "send 3")
    }

    @Test mutating func onlyItsOwnRequestsPassAHold() {
        submit(1, .hold)
        submit(2, .ordinary)
        #expect(step() == "hold 1")
        #expect(step() == "wait")
        submit(3, .ordinary, holder: 1)
        #expect(step() == "send 3")
        queue.release(1)
        #expect(step() == "send 2")
    }

    @Test mutating func aReleasedHoldEndsWhenWhatItQueuedIsSent() {
        submit(1, .hold)
        #expect(step() == "hold 1")
        for id in 2...4 { submit(UInt64(id), .ordinary, holder: 1) }
        submit(5, .ordinary)
        #expect(step() == "send 2")
        #expect(step() == "send 3")
        queue.release(1)
        #expect(!queue.isHeld(by: 1))
        #expect(step() == "wait")
        queue.finishOldest()
        #expect(step() == "send 4")
        queue.finishOldest()
        #expect(step() == "send 5")
    }

    @Test mutating func aWithdrawnRequestIsNeverSent() {
        submit(1, .hold)
        submit(2, .ordinary)
        #expect(queue.withdraw(1) == 1)
        #expect(step() == "send 2")
        #expect(queue.withdraw(2) == nil)
        #expect(queue.inFlight(2) == 2)
    }

    @Test mutating func nobodyIsForgottenWhenTheConnectionIsGone() {
        for id in 1...3 { submit(UInt64(id), .ordinary) }
        submit(4, .hold)
        submit(5, .exclusive)
        _ = (step(), step())
        #expect(queue.abandonAll() == [1, 2, 3, 4, 5])
        #expect(queue.isIdle)
    }
}

@Suite struct StatementCacheTests {
    private func key(_ sql: String) -> StatementCache.Key { StatementCache.Key(sql: sql, types: []) }

    @Test func aStatementIsUsedOnlyWhenItsPreparationIsConfirmed() {
        var cache = StatementCache(limit: 2)
        #expect(cache.plan(key("a")) == .prepare("s1", evicting: nil))
        #expect(cache.plan(key("a")) == .sendUnprepared)
        cache.confirm(key("a"))
        #expect(cache.plan(key("a")) == .usePrepared("s1"))
        cache.forget(key("a"))
        #expect(cache.plan(key("a")) == .prepare("s2", evicting: nil))
    }

    @Test func theOneUnusedForLongestMakesRoom() {
        var cache = StatementCache(limit: 2)
        for sql in ["a", "b"] {
            _ = cache.plan(key(sql))
            cache.confirm(key(sql))
        }
        _ = cache.plan(key("a"))
        #expect(cache.plan(key("c")) == .prepare("s3", evicting: "s2"))
        #expect(cache.plan(key("a")) == .usePrepared("s1"))
    }

    @Test func nothingUnconfirmedIsEvicted() {
        var cache = StatementCache(limit: 1)
        #expect(cache.plan(key("a")) == .prepare("s1", evicting: nil))
        #expect(cache.plan(key("b")) == .sendUnprepared)
    }
}
