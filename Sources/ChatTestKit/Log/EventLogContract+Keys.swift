import ChatApplication
import ChatDomain
import Testing

extension EventLogContract {
    func firstResult(_ log: any EventLog) async throws {
        _ = try await log.append(command(event(Sample.b)), command(event(Sample.a)))
        let first = try await log.append(
            command(event(Sample.c)), command(key: key(1, result: [7, 8]), event(Sample.a), event(Sample.b)))
        let again = try await log.append(
            command(event(Sample.c)), command(key: key(1, result: [9]), event(Sample.a)), command(event(Sample.c)))
        #expect(again.map(\.name) == ["appended", "duplicate", "appended"])
        let receipt = try #require(again[1].receipt)
        #expect(receipt.position == Position(4))
        #expect(receipt.version == 2)
        #expect(receipt.result == [7, 8])
        #expect(receipt.recordedAt == first[1].receipt?.recordedAt)
        #expect(again.map { $0.receipt?.position?.value } == [6, 4, 7])
        #expect(
            try await log.all().map(\.stream) == [Sample.b, Sample.a, Sample.c, Sample.a, Sample.b, Sample.c, Sample.c])
    }

    func duplicateBeforeGuards(_ log: any EventLog) async throws {
        let first = command(key: key(1), guards: [Guard(Sample.a, 0)], event(Sample.a))
        #expect(try await log.append(first).map(\.name) == ["appended"])
        #expect(try await log.append(first).map(\.name) == ["duplicate"])
        let behindAConflict = try await log.append(
            command(chain: 1, guards: [Guard(Sample.a, 0)], event(Sample.a)),
            command(chain: 1, key: key(1), guards: [Guard(Sample.a, 0)], event(Sample.a)))
        #expect(behindAConflict.map(\.name) == ["conflict", "duplicate"])
    }

    func otherParameters(_ log: any EventLog) async throws {
        _ = try await log.append(command(key: key(1, parameters: 1), event(Sample.a)))
        let outcomes = try await log.append(command(key: key(1, parameters: 2), event(Sample.a)))
        #expect(outcomes.map(\.name) == ["keyReused"])
        #expect(try await log.head() == Position(1))
    }

    func keyTwice(_ log: any EventLog) async throws {
        let outcomes = try await log.append(
            command(event(Sample.b)),
            command(key: key(1, result: [5]), event(Sample.a)),
            command(key: key(1, result: [6]), event(Sample.a)),
            command(key: key(1, parameters: 3), event(Sample.a)),
            command(key: key(1), event(Sample.a)),
            command(event(Sample.b)))
        #expect(
            outcomes.map(\.name) == ["appended", "appended", "duplicate", "keyReused", "duplicate", "appended"])
        #expect(outcomes.map { $0.receipt?.position?.value } == [1, 2, 2, nil, 2, 3])
        #expect(outcomes[2].receipt?.result == [5])
        #expect(outcomes[4].receipt?.version == 1)
    }

    func keyOfRefused(_ log: any EventLog) async throws {
        let outcomes = try await log.append(
            command(key: key(1), guards: [Guard(Sample.a, 4)], event(Sample.a)), command(key: key(1), event(Sample.a)),
            command(key: key(2), guards: [Guard(Sample.a, 4)], event(Sample.a)))
        #expect(outcomes.map(\.name) == ["conflict", "appended", "conflict"])
        #expect(try await log.append(command(key: key(2), event(Sample.a))).map(\.name) == ["appended"])
    }

    func keyOfRefusal(_ log: any EventLog) async throws {
        let refusal = command(key: key(1, remember: false))
        #expect(try await log.append(refusal, refusal).map(\.name) == ["appended", "appended"])
        let outcomes = try await log.append(refusal, command(key: key(1), event(Sample.a)), refusal)
        #expect(outcomes.map(\.name) == ["appended", "appended", "duplicate"])
        #expect(outcomes.last?.receipt?.position == Position(1))
        #expect(try await log.append(refusal).map(\.name) == ["duplicate"])
    }

    func keyOfNoOp(_ log: any EventLog) async throws {
        let first = try await log.append(command(key: key(1, result: [3])))
        #expect(first.map(\.name) == ["appended"])
        let again = try await log.append(command(key: key(1), event(Sample.a)))
        #expect(again.map(\.name) == ["duplicate"])
        #expect(again.first?.receipt?.result == [3])
        #expect(again.first?.receipt?.position == nil)
        #expect(again.first?.receipt?.recordedAt == first.first?.receipt?.recordedAt)
        #expect(try await log.head() == .start)
    }
}
