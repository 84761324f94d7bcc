import ChatApplication
import ChatDomain
import ChatTestKit
import JSONText
import Testing

@testable import ChatBenchKit

@Suite("Batches for the log alone")
struct AppendLoadTests {
    @Test(arguments: [false, true]) func everyMessageIsAppended(hasKeys: Bool) async throws {
        let log = InMemoryEventLog()
        var load = AppendLoad(users: 20, textBytes: 50, hasKeys: hasKeys, seed: 1)
        for batch in try load.beginnings(of: 8) { _ = try await log.append(batch) }
        var figures = AppendFigures(batch: 30, users: 20, hasKeys: hasKeys)
        for _ in 0..<3 {
            let batch = try load.batch(of: 30)
            #expect(batch.commands.allSatisfy { ($0.key != nil) == hasKeys && $0.guards.count == 3 })
            figures.took(0.5, try await log.append(batch))
        }
        #expect(figures.events == 90)
        #expect(figures.refused == 0)
        #expect(figures.row["eventsPerSecond"] == 60)
    }
}
