import Foundation
import Testing

@testable import ChatBenchKit

@Suite("A run against a server that pretends")
struct RunTests {
    private func run(_ mischief: PretendServer.Mischief, window: Int? = nil) async throws -> RunReport {
        let server = PretendServer(mischief)
        // What never comes is waited for in vain; all else ends as soon as it is complete.
        let isIncomplete = mischief == .forgets || mischief == .saysNothing || mischief == .swaps
        let plan = RunPlan(
            mode: .direct, members: 2, conversations: 3, pace: window.map { .window($0) } ?? .rate(1000), size: 80,
            warmup: 0, seconds: 0.2, drain: isIncomplete ? 1 : 20, acknowledges: true)
        let tokens = FileManager.default.temporaryDirectory.appending(path: "bench-tokens-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: tokens) }
        let generator = Generator(
            target: BenchTarget(servers: [try await server.start()], tokenFile: tokens))
        let report = try await generator.carryOut(plan)
        await generator.close()
        return report
    }

    @Test func aGoodServerHasNoFaults() async throws {
        let report = try await run(.none)
        #expect(report.faults == Faults())
        #expect(report.sent == 200)
        #expect(report.notes == [:])
    }

    @Test func aClosedLoopKeepsSending() async throws {
        let report = try await run(.none, window: 2)
        #expect(report.faults == Faults())
        #expect(report.sent > 12)
    }

    @Test func whatIsForgottenIsLost() async throws {
        let faults = try await run(.forgets).faults
        #expect(faults.lost == 20)
        #expect(faults.gaps > 0 && faults.repeated == 0)
    }

    @Test func whatComesTwiceIsRepeated() async throws {
        let faults = try await run(.repeats).faults
        #expect(faults == Faults(repeated: 20, outOfOrder: 20))
    }

    @Test func whatComesLateIsOutOfOrder() async throws {
        let faults = try await run(.swaps).faults
        #expect(faults.outOfOrder > 0 && faults.repeated == 0 && faults.misdelivered == 0)
    }

    @Test func refusalsAreNoFaultsAndAreCounted() async throws {
        let report = try await run(.refuses)
        #expect(report.faults == Faults())
        #expect(report.refused == 20)
        #expect(report.notes == ["503 unavailable": 20])
    }

    @Test func whatWasRefusedMustNotBeShown() async throws {
        #expect(try await run(.refusesAndShows).faults.contradicted == 20)
    }

    @Test func silenceIsUnanswered() async throws {
        #expect(try await run(.saysNothing).faults == Faults(unanswered: 20))
    }

    @Test func theSenderMustNotBeShownItsOwn() async throws {
        #expect(try await run(.shouts).faults.misdelivered == 20)
    }
}
