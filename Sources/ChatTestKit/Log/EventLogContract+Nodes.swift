import ChatApplication
import ChatDomain
import Testing

extension EventLogContract {
    private static let node = NodeName("a")

    private func batch(term: Int64, number: Int64, _ commands: AppendCommand...) -> AppendBatch {
        AppendBatch(origin: BatchOrigin(node: Self.node, term: term, number: number), commands: commands)
    }

    private func join(_ log: any EventLog) async throws {
        let joined = try await log.append(command(event(.node(Self.node), type: "NodeJoined")))
        #expect(joined.first?.receipt?.version == 1)
    }

    func staleTerm(_ log: any EventLog) async throws {
        await #expect(throws: EventLogError.staleTerm) {
            try await log.append(batch(term: 1, number: 1, command(event(Sample.a))))
        }
        try await join(log)
        let held = try await log.append(batch(term: 1, number: 1, command(event(Sample.a))))
        #expect(held.map(\.name) == ["appended"])
        #expect(try await log.all().map(\.node) == [nil, Self.node])
        _ = try await log.append(command(event(.node(Self.node), type: "NodeLost")))
        for term: Int64 in [0, 1, 3] {
            await #expect(throws: EventLogError.staleTerm) {
                try await log.append(batch(term: term, number: 2, command(event(Sample.a))))
            }
        }
        #expect(try await log.head() == Position(3))
    }

    func batchNumber(_ log: any EventLog) async throws {
        try await join(log)
        _ = try await log.append(batch(term: 1, number: 1, command(event(Sample.a))))
        _ = try await log.append(batch(term: 1, number: 5, command(event(Sample.a))))
        for number: Int64 in [1, 3, 5] {
            await #expect(throws: EventLogError.staleBatch) {
                try await log.append(batch(term: 1, number: number, command(event(Sample.a))))
            }
        }
        let next = try await log.append(batch(term: 1, number: 6, command(event(Sample.a))))
        #expect(next.first?.receipt?.position == Position(4))
    }

    func tool(_ log: any EventLog) async throws {
        try await join(log)
        let outcomes = try await log.append(command(event(Sample.a)))
        #expect(outcomes.map(\.name) == ["appended"])
        #expect(try await log.all().map(\.node) == [nil, nil])
    }
}
