import ChatApplication
import ChatDomain
import ChatTestKit

/// The log as one node reaches it: calls take their time, fail before or after they took effect, and answers are lost.
final class SimulatedEventLog: EventLog {
    private let database: SimulatedDatabase
    private let node: NodeName
    private let loop: SimulatedLoop

    init(_ database: SimulatedDatabase, node: NodeName, loop: SimulatedLoop) {
        self.database = database
        self.node = node
        self.loop = loop
    }

    private enum Fate { case good, fails, lost, unknown }

    private func fate() -> Fate {
        let (faults, timeline) = (database.faults, database.timeline)
        if timeline.chance(faults.appendFailures) { return .fails }
        if timeline.chance(faults.lostAnswers) { return .lost }
        return timeline.chance(faults.unknowns) ? .unknown : .good
    }

    func append(_ batch: AppendBatch) async throws(EventLogError) -> [AppendOutcome] {
        let fate = fate()
        database.timeline.trace.note("\(node) appends \(Self.words(batch)): \(fate)")
        switch fate {
        case .good: return try await carryOut(batch)
        case .fails: return try await fail(batch)
        case .lost: return try await lose(batch)
        case .unknown: return try await forget(batch)
        }
    }

    private static func words(_ batch: AppendBatch) -> String {
        let events = batch.commands.map { $0.events.map { "\($0.type) in \($0.stream.value)" } }
        return "\(batch.origin.map { "\($0.term).\($0.number)" } ?? "-") \(events)"
    }

    private func carryOut(_ batch: AppendBatch) async throws(EventLogError) -> [AppendOutcome] {
        try await database.ask("an append") { [database, node] () async throws(EventLogError) in
            let outcomes = try await database.log.append(batch)
            let head = try await database.log.head()
            database.timeline.trace.note("\(node) stored up to \(head)")
            return outcomes
        }
    }

    /// It is certain that nothing is stored: the batch is fenced off.
    private func fail(_ batch: AppendBatch) async throws(EventLogError) -> [AppendOutcome] {
        await loop.sleep(database.timeline.milliseconds(1...200))
        try await fence(batch)
        throw .unavailable("nothing was stored")
    }

    private func fence(_ batch: AppendBatch) async throws(EventLogError) {
        guard let origin = batch.origin else { return }
        if try await database.log.fence(origin) { throw .unknown }
    }

    /// The answer is lost, perhaps with the question; what became of it is found out later.
    private func lose(_ batch: AppendBatch) async throws(EventLogError) -> [AppendOutcome] {
        let isStored = database.timeline.random.oneIn(2)
        var result: Result<[AppendOutcome], EventLogError> = .failure(.unavailable("the answer was lost"))
        if isStored {
            do throws(EventLogError) { result = .success(try await carryOut(batch)) } catch { result = .failure(error) }
        } else {
            try await fence(batch)
        }
        await loop.sleep(database.timeline.milliseconds(10...2_000))
        // Only a node's batches are numbered.
        if batch.origin == nil { throw .unknown }
        return try result.get()
    }

    /// It is never found out whether it was stored; it may be stored later.
    private func forget(_ batch: AppendBatch) async throws(EventLogError) -> [AppendOutcome] {
        let (database, timeline) = (database, database.timeline)
        if !timeline.random.oneIn(3) {
            let delay = timeline.milliseconds(0...3_000)
            Task(executorPreference: database.loop) {
                await database.loop.sleep(delay)
                _ = try? await database.log.append(batch)
                timeline.trace.note("what nobody knows of took effect")
            }
        }
        await loop.sleep(timeline.milliseconds(10...2_000))
        throw .unknown
    }

    func read(after: Position, upTo: Position?, limit: Int) async throws(EventLogError) -> [RecordedEvent] {
        try await database.ask("a read") { [database] () async throws(EventLogError) in
            try await database.log.read(after: after, upTo: upTo, limit: limit)
        }
    }

    func read(stream: StreamName, after: Position, limit: Int) async throws(EventLogError) -> [RecordedEvent] {
        try await database.ask("a stream") { [database] () async throws(EventLogError) in
            try await database.log.read(stream: stream, after: after, limit: limit)
        }
    }

    func read(types: [String], after: Position, limit: Int) async throws(EventLogError) -> [RecordedEvent] {
        try await database.ask("types") { [database] () async throws(EventLogError) in
            try await database.log.read(types: types, after: after, limit: limit)
        }
    }

    func heads(of streams: [StreamName]) async throws(EventLogError) -> [StreamHead] {
        try await database.ask("heads") { [database] () async throws(EventLogError) in
            try await database.log.heads(of: streams)
        }
    }

    func head() async throws(EventLogError) -> Position {
        try await database.ask("the head") { [database] () async throws(EventLogError) in
            try await database.log.head()
        }
    }

    func epoch() async throws(EventLogError) -> String { try await database.log.epoch() }

    func shared(with epoch: String) async throws(EventLogError) -> Position? {
        try await database.log.shared(with: epoch)
    }
}

/// A node's reader of the log's newest end: woken by hints, looking by itself now and then, as the real one does.
final class SimulatedLogTail: LogTail, @unchecked Sendable {
    private let log: SimulatedEventLog
    private let loop: SimulatedLoop
    private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    private var numbers = 0

    init(_ log: SimulatedEventLog, loop: SimulatedLoop) {
        self.log = log
        self.loop = loop
    }

    func next(after: Position, limit: Int, timeout: Duration) async throws(EventLogError) -> [RecordedEvent] {
        let events = try await log.read(after: after, upTo: nil, limit: limit)
        guard events.isEmpty else { return events }
        numbers += 1
        let number = numbers
        await withCheckedContinuation { continuation in
            waiting[number] = continuation
            loop.timeline.after(timeout.microseconds) { [self] in wake(number) }
        }
        return try await log.read(after: after, upTo: nil, limit: limit)
    }

    func rest(after: Position, atMost limit: Duration) async { await loop.sleep(for: limit) }

    func hint(_ hint: LogHint) {
        for number in waiting.keys.sorted() { wake(number) }
    }

    private func wake(_ number: Int) { waiting.removeValue(forKey: number)?.resume() }
}
