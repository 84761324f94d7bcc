import Reactor

typealias Outcome = Result<PostgresResult, PostgresError>

/// One request and whoever waits for it. Confined to its connection's loop.
final class Request {
    enum Work {
        case query(StatementCache.Key, ParameterBlock)
        case deallocate(String)
        /// Resumed with an empty result when its turn has come.
        case turn
    }

    let id: UInt64
    let work: Work
    private var continuation: CheckedContinuation<Outcome, Never>?
    private var timer: LoopTimer?

    /// Whether the answer to a preparation comes before the statement's own.
    var awaitsPreparation = false
    private var result: PostgresResult?
    private var failure: PostgresError?

    init(id: UInt64, work: Work) {
        self.id = id
        self.work = work
    }

    func wait(_ continuation: CheckedContinuation<Outcome, Never>, timer: LoopTimer?) {
        self.continuation = continuation
        self.timer = timer
    }

    /// Resumes the waiter, once; later calls do nothing.
    func resume(_ outcome: Outcome) {
        timer?.cancel()
        timer = nil
        let waiter = continuation
        continuation = nil
        waiter?.resume(returning: outcome)
    }

    /// Takes up one message of the answer. The first failure counts.
    func take(_ reply: Reply) {
        switch reply {
        case .completed(let result): self.result = result
        case .failed(let error): failure = failure ?? error
        case .aborted, .synced: break
        case .copyIn, .copyOut: failure = PostgresError(.protocolViolation, "COPY is not a query")
        }
    }

    var failureSoFar: PostgresError? { failure }

    /// The answer, once it is complete.
    var outcome: Outcome {
        if let failure { return .failure(failure) }
        if let result { return .success(result) }
        return .failure(PostgresError(.protocolViolation, "the server's answer holds no result"))
    }
}
