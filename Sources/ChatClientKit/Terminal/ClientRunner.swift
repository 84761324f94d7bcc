import CommandLineTool
import JSONText
import ParleyClient

extension ClientRunner {
    convenience init(machine: ClientMachine, settings: ClientSettings) {
        let server = ServerAddress(host: settings.server.host, port: settings.server.port)
        self.init(machine: machine, servers: [server], tls: settings.tls)
    }

    /// Sends a request and waits for its answer; other events stay for `next`. Throws a `Refusal` or a `ToolFailure`.
    func ask(
        _ method: String, _ params: JSONValue, retry: RetryRule = .freely, needsLogin: Bool = true,
        within limit: Int? = nil
    ) throws -> JSONValue {
        guard let tag = submit(method, params, retry: retry, needsLogin: needsLogin) else {
            throw ToolFailure(.failed, "too many requests wait already")
        }
        let deadline = limit.map { Posix.now() + $0 }
        var others: [ClientEvent] = []
        defer { putBack(others) }
        while true {
            let (batch, _) = next(until: deadline)
            for (index, event) in batch.enumerated() {
                if let outcome = try answer(to: tag, in: event) {
                    others += batch[(index + 1)...]
                    return outcome
                }
                others.append(event)
            }
            if let deadline, Posix.now() >= deadline { throw ToolFailure(.failed, "no answer from the server") }
        }
    }

    private func answer(to tag: Int, in event: ClientEvent) throws -> JSONValue? {
        switch event {
        case .reply(tag, let result): return result
        case .refused(tag, let refusal): throw refusal
        case .unknown(tag): throw ClientRunner.unknownOutcome
        case .stopped(let reason): throw reason.failure
        default: return nil
        }
    }

    static let unknownOutcome = ToolFailure(
        .failed, "the connection was lost; it is not known whether the command was carried out")
}

extension StopReason {
    /// What a program that cannot go on reports.
    var failure: any Error {
        switch self {
        case .replaced: ToolFailure(.failed, "another session of this user and device took over")
        case .revoked: ToolFailure(.failed, "the session was ended")
        case .unreachable(let reason): ToolFailure(.failed, "cannot reach the server: \(reason)")
        case .refused(let refusal): refusal
        }
    }
}

extension CommandKey {
    /// The parameters with a key, if the command takes one.
    static func add(to params: JSONObject, for spec: CommandSpec) -> JSONObject {
        guard spec.retry == .underItsKey else { return params }
        var params = params
        params["key"] = .string(make())
        return params
    }
}
