import ChatTestKit
import CommandLineTool
import Foundation
import Testing

@testable import ChatBenchKit

@Suite("Logins, and messages to who is away, against a server that pretends")
struct OfflineTests {
    private func generator(_ mischief: PretendServer.Mischief) async throws -> (Generator, PretendServer) {
        let server = PretendServer(mischief)
        let tokens = FileManager.default.temporaryDirectory.appending(path: "bench-tokens-\(UUID())").path
        return (Generator(target: BenchTarget(servers: [try await server.start()], tokenFile: tokens)), server)
    }

    private func offline(_ mischief: PretendServer.Mischief, patience: Double = 60) async throws -> OfflineReport {
        let (generator, server) = try await generator(mischief)
        defer { withExtendedLifetime(server) {} }
        let plan = OfflinePlan(users: 3, messages: 40, window: 4, size: 60, patience: patience)
        let report = try await generator.carryOut(plan)
        await generator.close()
        return report
    }

    /// Nobody listens there: each command reads its own options, and says that it cannot connect.
    @Test(arguments: ["direct", "group", "login", "offline"]) func aServerThatIsNotThereIsSaid(command: String) throws {
        let run = try ProgramRun(
            "chat-bench", [command, "--server", "127.0.0.1:1", "--token-file", "/nowhere/tokens.json", "--json"])
        #expect(run.status == 3)
    }

    @Test func whoComesBackHasEverything() async throws {
        let report = try await offline(.none)
        #expect(report.faults == Faults())
        #expect(report.storeSeconds > 0 && report.drainSeconds > 0)
        #expect(report.first.largest > 0 && report.later.largest > 0)
    }

    @Test func whatIsMissingIsWaitedForInVain() async throws {
        await #expect(throws: ToolFailure.self) { try await offline(.forgets, patience: 1) }
    }

    @Test func whatComesTwiceIsAFault() async throws {
        // Four to each of three users, and to whoever comes back once more, ten times.
        #expect(try await offline(.repeats).faults.repeated == 12 + 40)
    }

    @Test func aRefusalEndsTheRun() async throws {
        await #expect(throws: ToolFailure.self) { try await offline(.refuses) }
    }

    @Test(arguments: [false, true]) func loginsAreCounted(usesPassword: Bool) async throws {
        let (generator, server) = try await generator(.none)
        defer { withExtendedLifetime(server) {} }
        let report = try await generator.logIn(
            LoginPlan(users: 4, atOnce: 3, seconds: 0.2, usesPassword: usesPassword))
        #expect(report.succeeded >= 3)
        #expect(report.refused == 0)
    }
}
