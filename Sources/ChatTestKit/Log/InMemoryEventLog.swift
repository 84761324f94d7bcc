public import ChatApplication
public import ChatDomain
import Synchronization

/// The log in memory, with the meaning of the real one: for tests and simulation.
///
/// Its calls never suspend, so that a simulation on one thread stays deterministic.
public final class InMemoryEventLog: EventLog {
    private let state: Mutex<InMemoryLogState>
    private let observers = Mutex<[@Sendable (Position) -> Void]>([])
    private let pages = Atomic(0)
    private let lifeName: String
    private let now: @Sendable () -> Int64

    /// An empty log.
    ///
    /// - Parameters:
    ///   - epoch: its life's name.
    ///   - now: the clock, in microseconds since 1970 UTC; if it falls, the log's time stands still.
    public init(epoch: String = "memory", now: @escaping @Sendable () -> Int64 = { 0 }) {
        lifeName = epoch
        self.now = now
        state = Mutex(InMemoryLogState())
    }

    /// While set, every call throws it: PostgreSQL is away.
    public var fault: EventLogError? {
        get { state.withLock { $0.fault } }
        set { state.withLock { $0.fault = newValue } }
    }

    /// How often a page of the whole log was read.
    public var pagesRead: Int { pages.load(ordering: .relaxed) }

    /// Calls `body` with the new head after each append, on the appending thread; it must not append itself.
    public func onAppend(_ body: @escaping @Sendable (Position) -> Void) {
        observers.withLock { $0.append(body) }
    }

    /// Appends a batch and answers per command.
    public func append(_ batch: AppendBatch) async throws(EventLogError) -> [AppendOutcome] {
        let (outcomes, head) = try attempt { state throws(EventLogError) in
            (try state.append(batch, clock: now()), state.head)
        }
        for observer in observers.withLock({ $0 }) { observer(head) }
        return outcomes
    }

    /// Whether a batch was committed; if not, it never will be: a later arrival is refused as `staleBatch`.
    public func fence(_ origin: BatchOrigin) async throws(EventLogError) -> Bool {
        try attempt { $0.fence(origin) }
    }

    /// The events after a position.
    public func read(
        after: Position, upTo: Position?, limit: Int
    ) async throws(EventLogError) -> [RecordedEvent] {
        pages.add(1, ordering: .relaxed)
        return try attempt { state in
            let last = upTo ?? state.head
            return state.events(after: after, limit: limit) { $0.position <= last }
        }
    }

    /// The events of one stream after a position.
    public func read(
        stream: StreamName, after: Position, limit: Int
    ) async throws(EventLogError) -> [RecordedEvent] {
        try attempt { $0.events(after: after, limit: limit) { $0.stream == stream } }
    }

    /// The events of these types after a position.
    public func read(
        types: [String], after: Position, limit: Int
    ) async throws(EventLogError) -> [RecordedEvent] {
        let wanted = Set(types)
        return try attempt { $0.events(after: after, limit: limit) { wanted.contains($0.type) } }
    }

    /// Version and inline state of each stream.
    public func heads(of streams: [StreamName]) async throws(EventLogError) -> [StreamHead] {
        try attempt { state in
            streams.map { state.heads[$0] ?? StreamHead(stream: $0, version: 0, state: nil) }
        }
    }

    /// The newest position.
    public func head() async throws(EventLogError) -> Position {
        try attempt { $0.head }
    }

    /// The life of this log.
    public func epoch() async throws(EventLogError) -> String {
        try attempt { _ in lifeName }
    }

    /// It has one life only.
    public func shared(with epoch: String) async throws(EventLogError) -> Position? {
        try attempt { _ in epoch == lifeName ? Position(Int64.max) : nil }
    }

    private func attempt<Value: Sendable>(
        _ body: (inout InMemoryLogState) throws(EventLogError) -> Value
    ) throws(EventLogError) -> Value {
        let result: Result<Value, EventLogError> = state.withLock { state in
            if let fault = state.fault { return .failure(fault) }
            do throws(EventLogError) {
                return .success(try body(&state))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
