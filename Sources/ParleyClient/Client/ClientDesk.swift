import JSONText
import Synchronization

/// Where a client's callers and its thread meet: what was ordered, what was pushed, who waits. Every field is behind one
/// lock, under which nothing is resumed.
final class ClientDesk: Sendable {
    enum Order: Sendable {
        case submit(id: UInt64, method: String, params: JSONObject, retry: RetryRule)
        case forget(id: UInt64)
        case logIn(ClientConfiguration.Credentials)
        /// Something was taken from a full buffer.
        case room
        case close(CheckedContinuation<Void, Never>?)
    }

    typealias Answer = Result<JSONValue, any Error>

    struct State {
        var orders: [Order] = []
        var isStarted = false
        var end: ChatError?
        var connection = ConnectionState.idle
        var login: Login?
        var feed: FeedBuffer
        var lastId: UInt64 = 0
        var calls: [UInt64: CheckedContinuation<Answer, Never>] = [:]
        var readers: [(id: UInt64, continuation: CheckedContinuation<Result<Push?, ChatError>, Never>)] = []
        var logins: [CheckedContinuation<Result<Login, ChatError>, Never>] = []
        var observers: [UInt64: AsyncStream<ConnectionState>.Continuation] = [:]
        /// Up to where the consumer has done with the feed, and the server is to be told.
        var dealtWith: Int64 = 0
        var sinceAcknowledgement = 0
    }

    /// Pushes after which an acknowledgement is due though more wait to be taken.
    static let pushesPerAcknowledgement = 32
    /// States that wait for an observer that does not keep up; older ones are dropped.
    static let statesHeld = 16

    let configuration: ClientConfiguration
    let bell = Bell()
    let state: Mutex<State>

    init(_ configuration: ClientConfiguration) {
        self.configuration = configuration
        state = Mutex(State(feed: FeedBuffer(limit: max(1, configuration.feedBytes))))
    }

    // MARK: For callers

    func start() {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted && state.end == nil
        }
        guard isFirst else { return }
        Sockets.startThread { [self] in ClientWorker(self).run() }
    }

    func order(_ order: Order) {
        let isTaken = state.withLock { state in
            guard state.isStarted, state.end == nil else { return false }
            state.orders.append(order)
            return true
        }
        if isTaken { return bell.ring() }
        if case .close(let closed) = order {
            finish(.closed)
            closed?.resume()
        }
    }

    func call(_ method: String, _ params: JSONObject, _ retry: RetryRule) async throws -> JSONValue {
        let id = nextId()
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Answer, Never>) in
                let end: ChatError? = state.withLock { state in
                    if let end = state.end { return end }
                    state.calls[id] = continuation
                    state.orders.append(.submit(id: id, method: method, params: params, retry: retry))
                    return nil
                }
                if let end { continuation.resume(returning: .failure(end)) }
                bell.ring()
                // Cancelled before there was anything to cancel.
                if Task.isCancelled { giveUp(id) }
            }
        } onCancel: {
            giveUp(id)
        }
        return try answer.get()
    }

    func answer(_ id: UInt64, _ answer: Answer) {
        state.withLock { $0.calls.removeValue(forKey: id) }?.resume(returning: answer)
    }

    private func giveUp(_ id: UInt64) {
        answer(id, .failure(CancellationError()))
        order(.forget(id: id))
    }

    func acknowledge(_ position: Int64) {
        state.withLock { $0.dealtWith = max($0.dealtWith, position) }
        bell.ring()
    }

    func login() async throws(ChatError) -> Login {
        let outcome = await withCheckedContinuation { continuation in
            let known: Result<Login, ChatError>? = state.withLock { state in
                if let end = state.end { return .failure(end) }
                if let login = state.login { return .success(login) }
                state.logins.append(continuation)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
        return try outcome.get()
    }

    /// The stream keeps the client.
    func states(of client: ChatClient) -> AsyncStream<ConnectionState> {
        let id = nextId()
        return AsyncStream(bufferingPolicy: .bufferingNewest(ClientDesk.statesHeld)) { continuation in
            let (present, isOver) = state.withLock { state in
                if state.end == nil { state.observers[id] = continuation }
                return (state.connection, state.end != nil)
            }
            continuation.yield(present)
            if isOver { continuation.finish() }
            continuation.onTermination = { _ in
                client.desk.state.withLock { _ = $0.observers.removeValue(forKey: id) }
            }
        }
    }

    private func nextId() -> UInt64 {
        state.withLock { state in
            state.lastId += 1
            return state.lastId
        }
    }
}
