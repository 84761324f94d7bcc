public import ChatDomain

/// Decides and appends one command by itself, outside a node's batches: a node's own life, and tools.
public struct SingleCommand: Sendable {
    private let log: any EventLog
    private let keys: any SealingKeyStore
    private let clock: any Clock
    /// Times that a command is decided anew after a conflict.
    private static let attempts = 20

    /// Over a log.
    public init(log: any EventLog, keys: any SealingKeyStore, clock: any Clock) {
        self.log = log
        self.keys = keys
        self.clock = clock
    }

    /// Carries a command out; gives the versions that its events' streams have after it. With `onlyIf`, does nothing
    /// and gives nil if a stream that the decision rests on has another version.
    ///
    /// Throws `refused` if the decision is a refusal, `unavailable` if the log cannot be written.
    public func run(
        _ command: Command, cause: Cause = Cause(), onlyIf expected: [StreamName: Int64] = [:]
    ) async throws(EventLogError) -> [StreamName: Int64]? {
        var states: [StreamName: VersionedState] = [:]
        for _ in 0..<Self.attempts {
            switch decide(command, cause, states) {
            case .success(let decided):
                let isAsExpected = decided.guards.allSatisfy { (expected[$0.stream] ?? $0.version) == $0.version }
                guard isAsExpected else { return nil }
                if let versions = try await append(decided) { return versions }
                states = [:]
            case .failure(.missing(let streams)):
                for head in try await log.heads(of: streams) { states[head.stream] = VersionedState(head) }
            case .failure(.refused(let refusal)): throw .refused(refusal.reason)
            }
        }
        throw .unavailable("the streams moved too often")
    }

    private func decide(
        _ command: Command, _ cause: Cause, _ states: [StreamName: VersionedState]
    ) -> Result<DecidedCommand, DecisionStop> {
        var reader = StateReader { states[$0] }
        let now = clock.now()
        do throws(DecisionStop) {
            let decision = try Decider.decide(command, CommandContext(actor: cause.actor, now: now), &reader)
            let request = CommandRequest(cause: cause) { (_) throws(DecisionStop) in command }
            return .success(DecidedCommand(request, 0, command, decision, reader, now: now))
        } catch {
            return .failure(error)
        }
    }

    /// Nil if a stream had moved.
    private func append(_ decided: DecidedCommand) async throws(EventLogError) -> [StreamName: Int64]? {
        var versions: [StreamName: Int64] = [:]
        for (stream, state) in decided.states { versions[stream] = state.version }
        guard !decided.events.isEmpty else { return versions }
        let command = try decided.encoded(NothingPersonal(), at: clock.now())
        let outcomes = try await log.append(AppendBatch(origin: nil, commands: [command]))
        if case .appended? = outcomes.first { return versions }
        return nil
    }
}
