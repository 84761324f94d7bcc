import ChatApplication
import ChatDomain
import ChatProjections
import ChatTestKit
import EventCodec
import Testing

@testable import EventLogPostgres

/// The fold of a whole log, against one event after the other.
@Suite struct SetBuilderTests {
    private let environment = ProjectionEnvironment { $0.lowercased() }
    private let keys = KeysInMemory()

    /// Random events whose messages are mostly their actors', as a server writes them. Others have no actor, or are of
    /// no schema that envelopes are read of.
    private func append(_ events: [ChatEvent], to log: some EventLog, _ random: inout SeededRandom) async throws {
        for event in events {
            let stream = event.place?.stream ?? .acknowledgements(NodeName("a"))
            let stored = try EventCodec.encode(event, in: stream, sealer: keys, at: 0)
            var cause = Cause()
            if case .messageSent(let sent) = event, !random.oneIn(5) {
                cause = Cause(
                    actor: sent.from, session: random.oneIn(3) ? nil : SessionID("of \(sent.from)"),
                    device: random.oneIn(3) ? nil : "phone")
            }
            let encoded = EncodedEvent(
                stream: stream, type: stored.type, schema: stored.schema, payload: stored.payload)
            _ = try await log.append(
                AppendBatch(origin: nil, commands: [AppendCommand(chain: 0, events: [encoded], cause: cause)]))
        }
    }

    /// What the events come to one by one, without tallies.
    private func oneByOne(_ log: some EventLog, _ kinds: [any Projection.Type]) async throws -> InMemoryTables {
        var tables = InMemoryTables(kinds.flatMap { $0.tables })
        let events = try await log.read(after: .start, upTo: nil, limit: .max)
        for kind in kinds {
            let decoded = try await EventDecoding(keys: keys).decode(
                events, types: kind.eventTypes, opened: kind.openedTypes)
            let failure = kind.init(environment: environment).fold(decoded) { tables.apply($0) }
            #expect(failure == nil)
        }
        return tables
    }

    private func compare(
        _ builder: SetBuilder, _ tables: InMemoryTables, _ kinds: [any Projection.Type], _ what: String
    ) {
        for table in kinds.flatMap({ $0.tables }) where builder.rows(table) != tables.rows(table) {
            Issue.record("\(what): table \(table.name) differs")
        }
    }

    @Test func talliesLeaveTheRowsThatMessagesOneByOneLeave() async throws {
        var source = SeededRandom.announced(for: "tallies")
        for _ in 1...60 {
            let seed = source.next()
            var history = RandomHistory(seed: seed)
            var random = SeededRandom(seed: seed)
            let log = InMemoryEventLog(now: { 1_800_000_000_000_000 })
            try await append(history.next(random.number(1...700)), to: log, &random)
            let head = try await log.head()
            for kinds in [ProjectionCatalog.all, ProjectionCatalog.all.filter { !$0.runsAlone }] {
                let expected = try await oneByOne(log, kinds)
                let builder = SetBuilder(kinds, environment: environment, keys: keys)
                // To somewhere first, as one may go on from there.
                try await builder.fold(log, upTo: Position(Int64(random.number(0...Int(head.value)))), stride: 50)
                try await builder.fold(log, upTo: head, stride: Int64(random.number(1...300)))
                #expect(builder.position == head)
                compare(builder, expected, kinds, "history \(seed)")
            }
        }
    }

    @Test func aSelectiveReadingOfPostgreSQLIsThatOfWholeEvents() async throws {
        let database = try await LogDatabase.fresh(partitionSize: 400)
        var source = SeededRandom.announced(for: "selective readings")
        let seed = source.next()
        var history = RandomHistory(seed: seed)
        var random = SeededRandom(seed: seed)
        try await append(history.next(1_000), to: database.log, &random)
        let head = try await database.log.head()
        let textless = ProjectionCatalog.all.filter { $0 != SearchProjection.self }
        let choices = [
            ProjectionCatalog.all, textless, textless.filter { !$0.runsAlone }, [UserProjection.self],
            [AuditProjection.self], [SearchProjection.self],
        ]
        for kinds in choices {
            let selection = LogSelection(kinds)
            let found = try await database.log.entries(selection, after: Position(100), upTo: Position(950))
            let expected = try await WholeEvents(log: database.log).entries(
                selection, after: Position(100), upTo: Position(950))
            #expect(found.map(Self.text) == expected.map(Self.text))
            #expect(!found.isEmpty)
            let builder = SetBuilder(kinds, environment: environment, keys: keys)
            try await builder.fold(database.log, upTo: head, stride: 90)
            compare(builder, try await oneByOne(database.log, kinds), kinds, "history \(seed)")
        }
        await database.close()
    }

    /// What a fold can know of an entry.
    private static func text(_ entry: LogEntry) -> String {
        switch entry {
        case .message(let message): "\(message)"
        case .sealed(let message): "\(message)"
        case .event(let event):
            """
            \(event.position) \(event.type) \(event.schema) \(event.stream) \(event.version) \
            \(event.cause.actor.map { "\($0)" } ?? "-") \(event.cause.session.map { "\($0)" } ?? "-") \
            \(event.cause.device ?? "-") \(event.node.map { "\($0)" } ?? "-") \(event.recordedAt) \(event.payload)
            """
        }
    }

    @Test func aMessageCostsNothingWhereItDoesNotMatter() async throws {
        let log = InMemoryEventLog(now: { 1 })
        var random = SeededRandom(seed: 5)
        var history = RandomHistory(seed: 5)
        try await append(history.next(400), to: log, &random)
        let kinds: [any Projection.Type] = [UserProjection.self, FriendProjection.self, GroupProjection.self]
        let entries = try await WholeEvents(log: log).entries(LogSelection(kinds), after: .start, upTo: log.head())
        let messages = entries.filter {
            switch $0 {
            case .message, .sealed: true
            case .event(let event): event.type == EventType.messageSent.rawValue
            }
        }
        #expect(messages.isEmpty && !entries.isEmpty)
    }
}
