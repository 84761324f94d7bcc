import ChatApplication
import ChatDomain
import ChatTestKit
import Testing

@Suite("The log in memory")
struct InMemoryEventLogTests {
    @Test(arguments: EventLogContract.allCases)
    func theLogInMemoryKeepsTheContract(_ claim: EventLogContract) async throws {
        try await claim.check(InMemoryEventLog())
    }

    @Test func aFencedBatchNeverArrives() async throws {
        let log = InMemoryEventLog()
        let node = NodeName("a")
        let joined = EncodedEvent(stream: .node(node), type: "NodeJoined", payload: [])
        _ = try await log.append(AppendBatch(origin: nil, commands: [AppendCommand(chain: 0, events: [joined])]))
        let first = BatchOrigin(node: node, term: 1, number: 1)
        let second = BatchOrigin(node: node, term: 1, number: 2)
        _ = try await log.append(AppendBatch(origin: first, commands: []))
        #expect(try await log.fence(first))
        #expect(try await !log.fence(second))
        await #expect(throws: EventLogError.staleBatch) {
            try await log.append(AppendBatch(origin: second, commands: []))
        }
        #expect(try await !log.fence(second))
    }

    @Test func aFaultIsThrownUntilItIsTakenAway() async throws {
        let log = InMemoryEventLog()
        log.fault = .unavailable("away")
        await #expect(throws: EventLogError.unavailable("away")) { try await log.head() }
        log.fault = nil
        #expect(try await log.head() == .start)
    }
}
