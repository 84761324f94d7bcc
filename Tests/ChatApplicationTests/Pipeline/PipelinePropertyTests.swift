import ChatDomain
import ChatTestKit
import EventCodec
import Testing

@testable import ChatApplication

@Suite("The pipeline in random worlds")
struct PipelinePropertyTests {
    @Test(arguments: [true, false])
    func everyCommandHasItsTrueOutcomeWhateverGoesWrong(hasFaults: Bool) async throws {
        var random = SeededRandom.announced(for: "pipeline")
        for _ in 0..<2 {
            var world = try await PipelineWorld(SeededRandom(seed: random.next()), hasFaults: hasFaults)
            for _ in 0..<600 { try await world.step() }
            try await world.drain()
            try await world.check()
        }
    }
}

extension PipelineWorld {
    func check() async throws {
        let events = try await log.all()
        checkOutcomes(events)
        checkKeys(events)
        checkOrder(events)
        try await checkDecisions(events)
    }

    private func writers(_ events: [RecordedEvent]) -> [Int: [Position]] {
        var positions: [Int: [Position]] = [:]
        for event in events {
            if let id = event.cause.reference.flatMap({ Int($0) }) { positions[id, default: []].append(event.position) }
        }
        return positions
    }

    /// What was answered is in the log, what got 503 or a refusal is not.
    private func checkOutcomes(_ events: [RecordedEvent]) {
        let positions = writers(events)
        for command in submitted {
            switch command.outcome {
            case .done(_, let receipt, duplicate: false): #expect(positions[command.id]?.first == receipt.position)
            case .done(_, _, duplicate: true), .refused: #expect(positions[command.id] == nil)
            case .unavailable:
                #expect(positions[command.id] == nil, "\(command.id) got 503 and is in the log")
                #expect(hasFaults, "a 503 without a fault")
            case .unknown: #expect(hasFaults)
            case nil: Issue.record("\(command.id) has no outcome")
            }
            #expect((positions[command.id]?.count ?? 0) <= 1)
        }
    }

    /// One effect for each key; a duplicate has the result of the first.
    private func checkKeys(_ events: [RecordedEvent]) {
        let positions = writers(events)
        var byKey: [ClientKey: [Submitted]] = [:]
        for command in submitted { if let key = command.key { byKey[key, default: []].append(command) } }
        for (_, commands) in byKey {
            let effects = commands.flatMap { positions[$0.id] ?? [] }
            #expect(effects.count <= 1, "a key had two effects")
            for command in commands {
                guard case .done(_, let receipt, duplicate: true) = command.outcome else { continue }
                #expect(receipt.position == effects.first)
            }
        }
    }

    /// Commands of one chain take effect in the order in which they were sent.
    private func checkOrder(_ events: [RecordedEvent]) {
        var last: [Int: Int] = [:]
        for event in events {
            guard let id = event.cause.reference.flatMap({ Int($0) }) else { continue }
            let chain = submitted[id].chain
            #expect(id >= last[chain] ?? -1, "chain \(chain): \(id) after \(last[chain] ?? -1)")
            last[chain] = id
        }
    }

    /// Each command, decided anew on what the log says up to its place, comes to the same events or refusal; and the
    /// states beside the log are what its events lead to.
    private func checkDecisions(_ events: [RecordedEvent]) async throws {
        var states: [StreamName: VersionedState] = [:]
        let confirmed = confirmed.enumerated().sorted { ($0.element.after, $0.offset) < ($1.element.after, $1.offset) }
        var next = 0
        for position in 0...events.count {
            while next < confirmed.count, confirmed[next].element.after == position {
                checkDecision(confirmed[next].element, states)
                next += 1
            }
            if position < events.count { try fold(events[position], &states) }
        }
        for (stream, state) in states {
            let head = try #require(await log.heads(of: [stream]).first)
            #expect(head.version == state.version)
            #expect(head.decodedState == state.state, "\(stream)")
        }
    }

    private func fold(_ event: RecordedEvent, _ states: inout [StreamName: VersionedState]) throws {
        let decoded = try EventCodec.decode(
            type: event.type, schema: event.schema, payload: event.payload, stream: event.stream, opener: PlainSealer())
        for stream in [event.stream] + event.touched {
            let before = states[stream] ?? VersionedState(version: 0, state: nil)
            states[stream] = VersionedState(
                version: before.version + 1,
                state: StreamState.evolve(before.state, stream: stream, event: decoded, at: 0))
        }
    }

    private func checkDecision(_ confirmed: Confirmed, _ states: [StreamName: VersionedState]) {
        let command = submitted[confirmed.id]
        var reader = StateReader { states[$0] ?? VersionedState(version: 0, state: nil) }
        let context = CommandContext(actor: UserID(command.user), now: 0)
        do throws(DecisionStop) {
            let decision = try Decider.decide(command.command, context, &reader)
            #expect(decision.events.map(\.event) == confirmed.events, "\(command)")
            guard case .success(let result) = confirmed.verdict else {
                Issue.record("\(command) was refused without reason: \(confirmed.verdict)")
                return
            }
            #expect(result == decision.result)
        } catch {
            guard case .failure(let refusal) = confirmed.verdict else {
                Issue.record("\(command) should have been refused: \(error)")
                return
            }
            #expect(error == .refused(refusal))
        }
    }
}
