import CommandLineTool
import Testing

@testable import ChatBenchKit

@Suite("A run over XMPP against a server that pretends")
struct StanzaRunTests {
    private func run(
        _ server: PretendRoomServer, _ mode: RunPlan.Mode = .direct, window: Int? = nil, drain: Double = 20
    ) async throws -> RunReport {
        let isGroup = mode == .group
        let plan = RunPlan(
            mode: mode, members: isGroup ? 3 : 2, conversations: isGroup ? 1 : 2,
            pace: window.map { .window($0) } ?? .rate(1000), size: 80, warmup: 0, seconds: 0.2, drain: drain,
            acknowledges: true)
        let generator = Generator(
            target: BenchTarget(servers: [try await server.start()], tokenFile: "", speaks: .xmpp))
        let report = try await generator.carryOut(plan)
        await generator.close()
        return report
    }

    @Test func aGoodServerHasNoFaultsAndIsAcknowledgedExactly() async throws {
        let server = PretendRoomServer(.none)
        let report = try await run(server)
        #expect(report.faults == Faults())
        #expect(report.sent == 200)
        #expect(report.notes == [:])
        #expect(report.answers.largest > 0 && report.deliveries.largest > 0)
        #expect(await server.acknowledgements == 200)
        #expect(await server.wrongAcknowledgements == 0)
    }

    @Test func inARoomEverybodyElseIsShownAMessageAndItsSenderIsNotCounted() async throws {
        let server = PretendRoomServer(.none)
        let report = try await run(server, .group, window: 1)
        #expect(report.faults == Faults())
        #expect(report.sent > 6)
        #expect(await server.wrongAcknowledgements == 0)
    }

    @Test func aSecondRunCountsItsOwnStanzas() async throws {
        let server = PretendRoomServer(.none)
        let plan = RunPlan(
            mode: .direct, members: 2, conversations: 1, pace: .window(2), size: 80, warmup: 0, seconds: 0.1,
            drain: 20, acknowledges: false)
        let generator = Generator(
            target: BenchTarget(servers: [try await server.start()], tokenFile: "", speaks: .xmpp))
        for _ in 1...2 {
            let report = try await generator.carryOut(plan)
            #expect(report.faults == Faults() && report.sent > 4)
        }
        await generator.close()
    }

    @Test func whatIsForgottenIsLost() async throws {
        #expect(try await run(PretendRoomServer(.forgets), drain: 1).faults == Faults(lost: 20))
    }

    @Test func whatComesTwiceIsRepeated() async throws {
        #expect(try await run(PretendRoomServer(.repeats)).faults == Faults(repeated: 20))
    }

    @Test func whatComesLateIsOutOfOrder() async throws {
        let faults = try await run(PretendRoomServer(.swaps), drain: 1).faults
        #expect(faults.outOfOrder > 0 && faults.repeated == 0 && faults.misdelivered == 0)
    }

    @Test func refusalsAreNoFaultsAndAreCounted() async throws {
        let report = try await run(PretendRoomServer(.refuses))
        #expect(report.faults == Faults())
        #expect(report.refused == 20)
        #expect(report.notes == ["resource-constraint": 20])
    }

    @Test func theSenderMustNotBeShownItsOwn() async throws {
        #expect(try await run(PretendRoomServer(.shouts)).faults.misdelivered == 20)
    }

    @Test func whatIsNotAcknowledgedIsUnanswered() async throws {
        let report = try await run(PretendRoomServer(.neverAcknowledges), drain: 1)
        #expect(report.faults == Faults(unanswered: 200))
    }

    @Test func aConnectionThatEndsIsCountedWithItsReason() async throws {
        let report = try await run(PretendRoomServer(.hangsUp), drain: 1)
        #expect(report.faults.disconnected > 0 && report.faults.unanswered > 0)
        #expect(report.notes.keys.contains("disconnected: <stream:error><conflict/></stream:error>"))
    }

    @Test func aRefusedLoginEndsThePreparation() async throws {
        await #expect(throws: ToolFailure.self) { try await run(PretendRoomServer(.refusesLogins)) }
    }
}
