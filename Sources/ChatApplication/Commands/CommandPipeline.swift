public import ChatDomain
import EventCodec
import Sealing
import Telemetry

/// The one way of a node's commands into the log: runs the `PipelineMachine` on one loop.
///
/// Confined to its executor. Call `submit` from there; commands of one chain keep the order of their calls.
public actor CommandPipeline {
    private let executor: any LoopExecutor
    private let machine: PipelineMachine
    private let log: any EventLog
    private let keyring: Keyring
    private let clock: any Clock
    private let meters: StageMeters
    private var completions: [Int: @Sendable (CommandOutcome) -> Void] = [:]
    private var nextID = 1
    private var origin: (node: NodeName, term: Int64)?
    private var batchNumber: Int64 = 0
    private var committed: (@Sendable (LogHint) -> Void)?
    /// The last event of this node that was more than talk.
    private var awaited = Position.start
    private var lostTerm: (@Sendable () -> Void)?

    /// The loop that owns it.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// A pipeline that belongs to `executor` and appends nothing before `begin`.
    public init(
        executor: any LoopExecutor, log: any EventLog, keys: any SealingKeyStore, clock: any Clock,
        limits: PipelineLimits = PipelineLimits(), domainLimits: DomainLimits = DomainLimits(),
        meters: StageMeters = StageMeters()
    ) {
        self.executor = executor
        self.log = log
        self.clock = clock
        self.meters = meters
        keyring = Keyring(store: keys)
        machine = PipelineMachine(limits: limits, domainLimits: domainLimits)
    }

    /// Appends from now on as this node under this lease term.
    public func begin(node: NodeName, term: Int64) {
        // Within a term the numbers go on: one that was used is refused.
        if origin?.term != term { batchNumber = 0 }
        origin = (node, term)
        machine.forgetStates()
    }

    /// What the log said so far may not be what it says now.
    public func forgetStates() {
        machine.forgetStates()
        awaited = .start
    }

    /// Who is told, on the pipeline's loop, how far each commit brought the log, and of the loss of the lease term.
    public func observe(
        committed: @escaping @Sendable (LogHint) -> Void, lostTerm: @escaping @Sendable () -> Void
    ) {
        self.committed = committed
        self.lostTerm = lostTerm
    }

    /// Commands that are not completed yet.
    public var backlog: Int { machine.backlog }

    /// Conflicts met since the start.
    public var conflicts: Int { machine.conflicts }

    /// Takes a command; `completion` runs on the pipeline's loop, exactly once. If the outcome is `unavailable`, so is
    /// that of everything else of the chain until `told` is called for it.
    public func submit(
        _ request: CommandRequest, chain: Int, completion: @escaping @Sendable (CommandOutcome) -> Void
    ) {
        let id = nextID
        nextID += 1
        completions[id] = completion
        perform(machine.submit(request, id: id, chain: chain, now: clock.now()))
    }

    /// The submitter of a chain has taken note of one `unavailable`.
    public func told(_ chain: Int) { machine.told(chain) }

    /// Gives up what waited too long; to be called a few times a second.
    public func tick() { perform(machine.tick(now: clock.now())) }

    private func perform(_ actions: [PipelineMachine.Action]) {
        for action in actions {
            switch action {
            case .load(let streams): Task(executorPreference: executor) { await self.load(streams) }
            case .append(let commands): Task(executorPreference: executor) { await self.append(commands) }
            case .complete(let id, let outcome): completions.removeValue(forKey: id)?(outcome)
            }
        }
    }

    private func load(_ streams: [StreamName]) async {
        do throws(EventLogError) {
            let heads = try await log.heads(of: streams)
            let states = heads.map { ($0.stream, VersionedState($0)) }
            perform(machine.loaded(states, now: clock.now()))
        } catch {
            perform(machine.loadFailed(streams, now: clock.now()))
        }
    }

    private func append(_ commands: [DecidedCommand]) async {
        let term = origin?.term
        let begun = clock.now()
        meters.batch.record(commands.count)
        for command in commands { meters.decided.record(from: command.submittedAt, to: begun) }
        do throws(EventLogError) {
            guard let origin else { throw .unavailable("the node has not joined the cluster") }
            let encoded = try await Self.encode(commands, keyring, at: clock.now())
            batchNumber += 1
            let batch = BatchOrigin(node: origin.node, term: origin.term, number: batchNumber)
            let outcomes = try await log.append(AppendBatch(origin: batch, commands: encoded))
            tellOfCommit(outcomes, encoded)
            let now = clock.now()
            for _ in commands { meters.appended.record(from: begun, to: now) }
            perform(machine.appended(outcomes, now: now))
        } catch {
            if error == .staleTerm, term == origin?.term { lostTerm?() }
            perform(machine.appendFailed(error, now: clock.now()))
        }
    }

    /// A batch in the form in which the log takes it.
    package static func encode(
        _ commands: [DecidedCommand], _ keyring: Keyring, at now: Int64
    ) async throws(EventLogError) -> [AppendCommand] {
        let subjects = commands.flatMap { $0.events.compactMap { EventCodec.sealSubject(of: $0.event, at: now) } }
        try await keyring.fetch(subjects)
        var encoded: [AppendCommand] = []
        encoded.reserveCapacity(commands.count)
        for command in commands { encoded.append(try command.encoded(keyring, at: now)) }
        return encoded
    }

    private func tellOfCommit(_ outcomes: [AppendOutcome], _ commands: [AppendCommand]) {
        var head: Position?
        for (outcome, command) in zip(outcomes, commands) {
            guard case .appended(let receipt) = outcome, let first = receipt.position else { continue }
            let last = first.advanced(by: Int64(command.events.count - 1))
            head = last
            if !command.events.allSatisfy({ EventType.talk.contains($0.type) }) { awaited = last }
        }
        if let head { committed?(LogHint(head: head, awaited: awaited)) }
    }
}

extension StreamHead {
    /// The state that the head carries; nil if there is none, or none that can be read.
    public var decodedState: StreamState? { VersionedState(self).state }
}

extension VersionedState {
    /// The state that a stream's head carries; a state that cannot be read counts as none.
    init(_ head: StreamHead) {
        self.init(version: head.version, state: head.state.flatMap { try? StateCodec.decode($0, of: head.stream) })
    }
}

extension DecidedCommand {
    /// The form in which the log takes it; texts and personal data are sealed.
    func encoded(_ sealer: some Sealer, at now: Int64) throws(EventLogError) -> AppendCommand {
        var events: [EncodedEvent] = []
        for new in self.events {
            do {
                let stored = try EventCodec.encode(new.event, in: new.stream, sealer: sealer, at: now)
                events.append(
                    EncodedEvent(
                        stream: new.stream, touched: new.touched, type: stored.type, schema: stored.schema,
                        payload: stored.payload))
            } catch {
                throw .unavailable("an event could not be sealed")
            }
        }
        let states = self.states.compactMap { entry in
            entry.state.state.map { EncodedState(stream: entry.stream, bytes: StateCodec.encode($0)) }
        }
        return AppendCommand(
            chain: chain, key: key, guards: guards, events: events, states: states, cause: request.cause)
    }

    private var key: IdempotencyKey? {
        guard let key = request.key else { return nil }
        switch verdict {
        case .success(let result):
            return IdempotencyKey(
                digest: key.digest, parameters: parameters, remember: true, result: CommandResultCodec.encode(result))
        case .failure:
            return IdempotencyKey(digest: key.digest, parameters: parameters, remember: false, result: [])
        }
    }
}
