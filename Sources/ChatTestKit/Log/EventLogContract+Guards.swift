import ChatApplication
import ChatDomain
import Testing

extension EventLogContract {
    func conflict(_ log: any EventLog) async throws {
        _ = try await log.append(command(event(Sample.a), event(Sample.a)))
        for version: Int64 in [0, 1, 3] {
            let outcomes = try await log.append(command(guards: [Guard(Sample.a, version)], event(Sample.b)))
            #expect(outcomes.map(\.name) == ["conflict"], "at version \(version)")
        }
        let outcomes = try await log.append(command(guards: [Guard(Sample.a, 2)], event(Sample.b)))
        #expect(outcomes.map(\.name) == ["appended"])
    }

    func guardOnZero(_ log: any EventLog) async throws {
        let claim = command(guards: [Guard(Sample.a, 0)], event(Sample.a))
        #expect(try await log.append(claim).map(\.name) == ["appended"])
        #expect(try await log.append(claim).map(\.name) == ["conflict"])
        let both = try await log.append(
            command(guards: [Guard(Sample.b, 0)], event(Sample.b)),
            command(guards: [Guard(Sample.b, 0)], event(Sample.b)))
        #expect(both.map(\.name) == ["appended", "conflict"])
    }

    func versionsInBatch(_ log: any EventLog) async throws {
        _ = try await log.append(command(event(Sample.a)))
        let outcomes = try await log.append(
            command(guards: [Guard(Sample.a, 1)], event(Sample.a), event(Sample.a)),
            command(guards: [Guard(Sample.a, 3)], event(Sample.b, touching: [Sample.a])),
            command(guards: [Guard(Sample.a, 4), Guard(Sample.b, 1)], event(Sample.a)),
            command(guards: [Guard(Sample.a, 4)], event(Sample.a)))
        #expect(outcomes.map(\.name) == ["appended", "appended", "appended", "conflict"])
        #expect(try await log.heads(of: [Sample.a, Sample.b]).map(\.version) == [5, 1])
        #expect(try await log.all().map(\.version) == [1, 2, 3, 1, 5])
    }

    func neighbours(_ log: any EventLog) async throws {
        let outcomes = try await log.append(
            command(event(Sample.a)), command(guards: [Guard(Sample.b, 5)], event(Sample.b)), command(event(Sample.c)))
        #expect(outcomes.map(\.name) == ["appended", "conflict", "appended"])
    }

    func refusedMovesNothing(_ log: any EventLog) async throws {
        let outcomes = try await log.append(
            command(guards: [Guard(Sample.b, 5)], event(Sample.a)),
            command(guards: [Guard(Sample.a, 0)], event(Sample.a)),
            command(guards: [Guard(Sample.a, 1)], event(Sample.c)))
        #expect(outcomes.map(\.name) == ["conflict", "appended", "appended"])
    }

    func touches(_ log: any EventLog) async throws {
        let outcomes = try await log.append(
            command(event(Sample.a, touching: [Sample.b, Sample.c]), event(Sample.b)),
            command(guards: [Guard(Sample.b, 2), Guard(Sample.c, 1)], event(Sample.c, touching: [Sample.a])))
        #expect(outcomes.map { $0.receipt?.version } == [1, 2])
        #expect(try await log.heads(of: [Sample.a, Sample.b, Sample.c]).map(\.version) == [2, 2, 2])
        #expect(try await log.read(stream: Sample.b, after: .start, limit: 10).map(\.version) == [2])
        let stale = try await log.append(command(guards: [Guard(Sample.a, 1)], event(Sample.a)))
        #expect(stale.map(\.name) == ["conflict"])
    }

    func refusals(_ log: any EventLog) async throws {
        _ = try await log.append(command(event(Sample.a)))
        let outcomes = try await log.append(
            command(guards: [Guard(Sample.a, 1)]), command(guards: [Guard(Sample.a, 0)]))
        #expect(outcomes.map(\.name) == ["appended", "conflict"])
        #expect(outcomes.first?.receipt?.position == nil)
        #expect(try await log.head() == Position(1))
    }

    func chainBreaks(_ log: any EventLog) async throws {
        let outcomes = try await log.append(
            command(chain: 1, event(Sample.a)),
            command(chain: 1, guards: [Guard(Sample.a, 0)], event(Sample.a)),
            command(chain: 2, event(Sample.b)),
            command(chain: 1, event(Sample.a)),
            command(chain: 1, guards: [Guard(Sample.a, 1)]),
            command(chain: 2, guards: [Guard(Sample.a, 1)], event(Sample.b)))
        #expect(outcomes.map(\.name) == ["appended", "conflict", "appended", "chained", "chained", "appended"])
        #expect(try await log.all().map(\.stream) == [Sample.a, Sample.b, Sample.b])
    }

    func duplicateInChain(_ log: any EventLog) async throws {
        _ = try await log.append(command(key: key(1), event(Sample.a)))
        let outcomes = try await log.append(
            command(chain: 1, key: key(1), event(Sample.a)), command(chain: 1, event(Sample.b)))
        #expect(outcomes.map(\.name) == ["duplicate", "appended"])
        #expect(outcomes.map { $0.receipt?.position?.value } == [1, 2])
    }

    func reusedKeyInChain(_ log: any EventLog) async throws {
        _ = try await log.append(command(key: key(1), event(Sample.a)))
        let outcomes = try await log.append(
            command(chain: 1, key: key(1, parameters: 9), event(Sample.a)), command(chain: 1, event(Sample.b)))
        #expect(outcomes.map(\.name) == ["keyReused", "appended"])
    }
}
