import ChatApplication
import ChatDomain
import ChatTestKit
import Testing

@testable import EventLogPostgres

@Suite("The newest events that were read")
struct RecentEventsTests {
    private let log = InMemoryEventLog()

    /// The log's first events, of so many bytes each.
    private func events(_ count: Int, bytes: Int = 2) async throws -> [RecordedEvent] {
        let commands = (0..<count).map { chain in
            var event = event(.account(UserID(1)))
            event.payload = [UInt8](repeating: UInt8(ascii: "1"), count: bytes)
            return AppendCommand(chain: chain, events: [event])
        }
        _ = try await log.append(AppendBatch(origin: nil, commands: commands))
        return try await log.read(after: .start, upTo: nil, limit: count)
    }

    private func positions(_ page: [RecordedEvent]?) -> [Int64]? { page?.map(\.position.value) }

    @Test func theNextReaderHasWhatTheFirstOneRead() async throws {
        let events = try await events(30)
        var recent = RecentEvents(bytes: 1 << 20)
        #expect(recent.page(after: .start, limit: 10) == nil)
        recent.add(Array(events[0..<10]))
        recent.add(Array(events[10..<30]))
        #expect(positions(recent.page(after: .start, limit: 12)) == Array(1...12))
        #expect(positions(recent.page(after: Position(12), limit: 100)) == Array(13...30))
        #expect(recent.page(after: Position(30), limit: 10) == nil)
        #expect(recent.page(after: Position(31), limit: 10) == nil)
    }

    @Test func whatIsReadAgainIsKeptOnce() async throws {
        let events = try await events(30)
        var recent = RecentEvents(bytes: 1 << 20)
        recent.add(Array(events[5..<15]))
        recent.add(Array(events[8..<12]))
        recent.add(Array(events[10..<20]))
        #expect(positions(recent.page(after: Position(5), limit: 100)) == Array(6...20))
        #expect(recent.page(after: Position(4), limit: 100) == nil)
    }

    @Test func nothingIsLeftOutBetweenTwoPages() async throws {
        let events = try await events(30)
        var recent = RecentEvents(bytes: 1 << 20)
        recent.add(Array(events[0..<10]))
        recent.add(Array(events[20..<25]))
        #expect(recent.page(after: Position(5), limit: 100) == nil)
        #expect(positions(recent.page(after: Position(20), limit: 100)) == Array(21...25))
        // Of somebody who is far behind.
        recent.add(Array(events[0..<10]))
        #expect(positions(recent.page(after: Position(20), limit: 100)) == Array(21...25))
    }

    @Test func itIsBoundedByBytes() async throws {
        let events = try await events(100, bytes: 1_000)
        var recent = RecentEvents(bytes: 20_000)
        for start in stride(from: 0, to: 100, by: 10) { recent.add(Array(events[start..<start + 10])) }
        #expect(recent.page(after: Position(80), limit: 100) == nil)
        #expect(positions(recent.page(after: Position(90), limit: 100)) == Array(91...100))
    }

    @Test func aPageIsBoundedAsOneOfTheLog() async throws {
        let events = try await events(5, bytes: LogPage.bytes / 2)
        var recent = RecentEvents(bytes: 16 << 20)
        recent.add(events)
        #expect(positions(recent.page(after: .start, limit: 100)) == [1, 2])
    }

    @Test func nothingIsKeptWithoutRoom() async throws {
        var recent = RecentEvents(bytes: 0)
        recent.add(try await events(5))
        #expect(recent.page(after: .start, limit: 100) == nil)
    }
}
