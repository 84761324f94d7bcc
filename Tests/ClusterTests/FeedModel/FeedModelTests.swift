import ChatTestKit
import Foundation
import Testing

extension ClusterTests {
    /// Contract: R1, R2, R3, R4, R5, R7, S4, S5, S6.
    @Suite("The promises of the feed")
    struct FeedModelTests {
        /// So many steps; `CHAT_FEED_STEPS` makes it longer, `CHAT_SEED` repeats a run.
        private static let steps =
            ProcessInfo.processInfo.environment["CHAT_FEED_STEPS"].flatMap { Int($0) } ?? 600

        @Test func everyFeedIsWhatTheLogSaysWhateverHappens() throws {
            let driver = try FeedDriver(try ClusterFixture(), .announced(for: "feeds"))
            try driver.run(Self.steps)
            let violations = try driver.violations()
            #expect(violations == [], "after \(driver.step) steps")
            // Otherwise the steps would prove less than they seem to.
            #expect(
                driver.told.values.contains { $0.recalled != nil } && driver.told.values.contains { !$0.edits.isEmpty })
        }
    }
}
