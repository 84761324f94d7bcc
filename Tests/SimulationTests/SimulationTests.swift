import ChatTestKit
import Foundation
import Testing

/// Whole clusters with their clients, in one thread each, from seeds. The program runs beside the tests, for it takes
/// over the runtime of its process.
@Suite("Simulated clusters", .ownThread)
struct SimulationTests {
    /// So many worlds; `SIMULATION_SEEDS` makes them more, `make simulate` thousands.
    private static let seeds = ProcessInfo.processInfo.environment["SIMULATION_SEEDS"].flatMap { Int($0) } ?? 60

    @Test func everyWorldKeepsThePromises() throws {
        let run = try ProgramRun("chat-simulate", ["--seeds", "\(Self.seeds)"])
        #expect(run.status == 0, "\(run.output)")
        // Otherwise the worlds would prove less than they seem to.
        #expect(run.output.contains("deaths") && !run.output.contains(" 0 deaths"), "\(run.output)")
    }

    @Test func aSeedIsTheSameWorldInEveryProcess() throws {
        let together = try ProgramRun("chat-simulate", ["--seeds", "4", "--first", "21", "--hashes"])
        let again = try ProgramRun("chat-simulate", ["--seeds", "4", "--first", "21", "--hashes"])
        #expect(together.output == again.output)
        let alone = try ProgramRun("chat-simulate", ["--seeds", "1", "--first", "24", "--hashes"])
        let last = together.output.split(separator: "\n").first { $0.hasPrefix("seed 24:") }
        #expect(last != nil && last == alone.output.split(separator: "\n").first, "\(alone.output)")
    }

    /// Seeds that found something, in the words of what it was. A named test besides is worth more, where the story can
    /// be told without a world: a seed's story changes with the code.
    private static let found: [(seed: Int, what: String)] = [
        (14, "who was back after a moment stayed offline for a friend who logged in meanwhile"),
        (1691, "a session that ended while its feed was ahead of its loop began the next one's before the answer"),
        (1907, "the same, on the wrong side of the seam"),
    ]

    @Test func seedsThatFoundSomethingFindItNoMore() throws {
        for (seed, what) in Self.found {
            let run = try ProgramRun("chat-simulate", ["--seeds", "1", "--first", "\(seed)"])
            #expect(run.status == 0, "\(what): \(run.output)")
        }
    }
}
