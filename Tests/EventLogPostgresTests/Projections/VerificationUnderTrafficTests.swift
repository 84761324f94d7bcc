import ChatDomain
import ChatProjections
import ChatTestKit
import PostgresClient
import Synchronization
import Testing

@testable import EventLogPostgres

@Suite struct VerificationUnderTrafficTests {
    @Test func whileANodeFoldsOnNothingDiffersAndNothingIsLeftOut() async throws {
        try await ReadTableFixture.with { fixture in
            var history = RandomHistory(seed: 41)
            try await fixture.append(history.next(500))
            let folded = Mutex(Position.start)
            let runner = fixture.runner("a") { _, position in folded.withLock { $0 = max($0, position) } }
            let running = Task { await runner.run() }
            let later = history
            let appending = Task {
                var history = later
                var head = Position(500)
                while !Task.isCancelled {
                    if head.value - folded.withLock({ $0.value }) < 100 {
                        try await fixture.append(history.next(5))
                        head = head.advanced(by: 5)
                    }
                    try? await Task.sleep(for: .milliseconds(1))
                }
            }
            defer {
                running.cancel()
                appending.cancel()
            }
            var last: [String: Position] = [:]
            for _ in 1...3 {
                for kind in ProjectionCatalog.all {
                    let before = last[kind.name] ?? .start
                    // Each round sees more of the log than the one before.
                    try await fixture.sets { sets in sets[kind.name].map { $0.position > before } ?? false }
                    let connection = try await fixture.connect()
                    let outcome = try await ProjectionVerification(fixture.means(connection)).run(kind) {
                        Issue.record("\($0)")
                    }
                    await connection.close()
                    #expect(outcome.position > before && outcome.differences == 0 && outcome.hash != nil)
                    last[kind.name] = outcome.position
                }
            }
            appending.cancel()
            _ = try? await appending.value
            running.cancel()
            await running.value
        }
    }
}
