import ChatApplication
import ChatDomain
import ChatTestKit
import EventLogPostgres
import Synchronization
import Testing

@Suite("The log's tail")
struct PostgresLogTailTests {
    private func tail(_ log: any EventLog) -> PostgresLogTail { PostgresLogTail(log, on: LogDatabase.loop) }

    private func append(_ log: InMemoryEventLog, _ count: Int) async throws {
        let commands = (0..<count).map { AppendCommand(chain: $0, events: [event(.account(UserID(1)))]) }
        _ = try await log.append(AppendBatch(origin: nil, commands: commands))
    }

    @Test func pagesComeInOrderWithoutGaps() async throws {
        let log = InMemoryEventLog()
        let tail = tail(log)
        try await append(log, 25)
        var read: [Int64] = []
        while read.count < 25 {
            let page = try await tail.next(after: Position(read.last ?? 0), limit: 10, timeout: .seconds(60))
            #expect(!page.isEmpty && page.count <= 10)
            read += page.map(\.position.value)
        }
        #expect(read == Array(1...25))
    }

    @Test func whatIsReadCountsAsSeenOnceAndServesTheNextReader() async throws {
        let log = InMemoryEventLog()
        let seen = Mutex<[Int64]>([])
        let tail = PostgresLogTail(log, on: LogDatabase.loop, keeping: 1 << 20) { position in
            seen.withLock { $0.append(position.value) }
        }
        try await append(log, 25)
        let first = try await tail.next(after: .start, limit: 25, timeout: .seconds(60))
        #expect(seen.withLock { $0 } == [25])
        let second = try await tail.next(after: .start, limit: 25, timeout: .seconds(60))
        #expect(second.map(\.position) == first.map(\.position))
        #expect(seen.withLock { $0 } == [25], "the log was asked again")
        try await append(log, 1)
        #expect(try await tail.next(after: Position(25), limit: 25, timeout: .seconds(60)).count == 1)
        #expect(seen.withLock { $0 } == [25, 26])
    }

    @Test func whoWaitsIsWokenByWhatComesWithoutAnyHint() async throws {
        let log = InMemoryEventLog()
        let tail = tail(log)
        async let page = tail.next(after: .start, limit: 10, timeout: .seconds(60))
        try await append(log, 2)
        #expect(try await page.last?.position == Position(2))
    }

    @Test func aHintWakesEveryoneWhoWaits() async throws {
        let log = InMemoryEventLog()
        let tail = tail(log)
        log.onAppend { head in tail.hint(LogHint(head: head)) }
        async let one = tail.next(after: .start, limit: 10, timeout: .seconds(60))
        async let other = tail.next(after: .start, limit: 10, timeout: .seconds(60))
        try await append(log, 1)
        #expect(try await one.count == 1)
        #expect(try await other.count == 1)
    }

    @Test func whoHasHadTheLastEventAsksOnlyOnceItsWaitIsOver() async throws {
        let log = InMemoryEventLog()
        let tail = tail(log)
        try await append(log, 3)
        #expect(try await tail.next(after: .start, limit: 10, timeout: .seconds(60)).count == 3)
        #expect(log.pagesRead == 1)
        #expect(try await tail.next(after: Position(3), limit: 10, timeout: .milliseconds(1)).isEmpty)
        #expect(log.pagesRead == 2)
        try await append(log, 1)
        tail.hint(LogHint(head: Position(4)))
        #expect(try await tail.next(after: Position(3), limit: 10, timeout: .seconds(60)).count == 1)
        #expect(log.pagesRead == 3)
    }

    @Test func aFullPageIsNotTakenForTheEnd() async throws {
        let log = InMemoryEventLog()
        let tail = tail(log)
        try await append(log, 2)
        #expect(try await tail.next(after: .start, limit: 1, timeout: .seconds(60)).count == 1)
        // Nothing tells it that there is more: whoever waited would wait for the poll.
        #expect(try await tail.next(after: Position(1), limit: 1, timeout: .zero).count == 1)
    }

    @Test func nothingComesWhenTheTimeIsUp() async throws {
        #expect(try await tail(InMemoryEventLog()).next(after: .start, limit: 10, timeout: .milliseconds(1)).isEmpty)
    }

    @Test func aHintBeyondTheHeadBringsNothing() async throws {
        let log = InMemoryEventLog()
        let tail = tail(log)
        tail.hint(LogHint(head: Position(99)))
        #expect(try await tail.next(after: .start, limit: 10, timeout: .milliseconds(1)).isEmpty)
        async let page = tail.next(after: .start, limit: 10, timeout: .seconds(60))
        try await append(log, 1)
        #expect(try await page.count == 1)
    }

    @Test func whoRestsIsWokenByWhatIsWaitedForAndNotByTalk() async throws {
        let tail = tail(InMemoryEventLog())
        tail.hint(LogHint(head: Position(7), awaited: Position(5)))
        // Of the past.
        await tail.rest(after: Position(5), atMost: .milliseconds(1))
        // Already said.
        await tail.rest(after: Position(4), atMost: .seconds(600))
        let rested = Atomic(false)
        let resting = Task {
            await tail.rest(after: Position(7), atMost: .seconds(600))
            rested.store(true, ordering: .relaxed)
        }
        for head in Int64(8)...200 {
            tail.hint(LogHint(head: Position(head), awaited: Position(5)))
            await Task.yield()
        }
        let talkEndedIt = rested.load(ordering: .relaxed)
        #expect(!talkEndedIt)
        tail.hint(LogHint(head: Position(201)))
        await resting.value
    }

    @Test func aRestEndsWithItsTask() async throws {
        let tail = tail(InMemoryEventLog())
        let resting = Task { await tail.rest(after: .start, atMost: .seconds(600)) }
        resting.cancel()
        await resting.value
    }

    @Test func aCancelledWaiterIsLetGo() async throws {
        let tail = tail(InMemoryEventLog())
        let waiting = Task { try await tail.next(after: .start, limit: 10, timeout: .seconds(600)) }
        waiting.cancel()
        #expect(try await waiting.value.isEmpty)
    }

    @Test func aLogThatIsAwayIsReported() async throws {
        let log = InMemoryEventLog()
        log.fault = .unavailable("away")
        let tail = tail(log)
        await #expect(throws: EventLogError.unavailable("away")) {
            try await tail.next(after: .start, limit: 10, timeout: .seconds(60))
        }
    }
}
