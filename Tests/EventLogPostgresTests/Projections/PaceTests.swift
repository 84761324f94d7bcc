import Testing

@testable import EventLogPostgres

/// The clock is a number.
@Suite struct PaceTests {
    @Test func allThatShareAPaceStayTogetherWithinItsRate() {
        var rule = PaceRule(eventsPerSecond: 1_000)
        var due: [Duration] = Array(repeating: .zero, count: 4)
        var taken = 0
        // Four jobs, each of which takes a page as soon as it may go on.
        while let job = due.indices.min(by: { due[$0] < due[$1] }), due[job] < .seconds(10) {
            taken += 100
            due[job] = rule.take(100, at: due[job]) ?? due[job]
        }
        // A page for each job may be under way beyond what the rate allows.
        #expect((10_000...10_400).contains(taken))
    }

    @Test func timeInWhichNothingWasTakenIsNotSavedUp() {
        var rule = PaceRule(eventsPerSecond: 100)
        #expect(rule.take(50, at: .zero) == .milliseconds(500))
        #expect(rule.take(100, at: .seconds(60)) == .seconds(61))
        #expect(rule.take(100, at: .seconds(60)) == .seconds(62))
    }

    @Test func withoutARateNothingWaits() {
        var rule = PaceRule(eventsPerSecond: 0)
        #expect(rule.take(1_000_000, at: .zero) == nil)
    }
}
