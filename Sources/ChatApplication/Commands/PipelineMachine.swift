public import ChatDomain

/// The way of commands into the log, as a pure machine: inputs in, actions out, no waiting anywhere.
///
/// Commands of one chain (a connection) are decided in order, on the pending state of those ahead. One batch is in
/// flight while the next one fills. If any command of a batch is not appended as decided, everything decided behind
/// it is decided again.
public final class PipelineMachine {
    /// What the runner is to do.
    public enum Action: Sendable {
        /// Load these streams' heads and call `loaded` or `loadFailed`.
        case load([StreamName])
        /// Append these and call `appended` or `appendFailed`.
        case append([DecidedCommand])
        /// Tell whoever submitted it.
        case complete(Int, CommandOutcome)
    }

    /// A command that waits to be decided.
    struct Waiting {
        var id: Int
        var chain: Int
        var request: CommandRequest
        var deadline: Int64
        var attempts = 0
    }

    struct Chain {
        var queue: [Waiting] = []
        var isBlocked = false
    }

    let limits: PipelineLimits
    let domainLimits: DomainLimits
    var cache: StateCache
    var chains: [Int: Chain] = [:]
    var ready: [Int] = []
    var pending: [StreamName: (state: VersionedState, batch: Int)] = [:]
    var filling: [(waiting: Waiting, decided: DecidedCommand)] = []
    var fillingBytes = 0
    var inFlight: [(waiting: Waiting, decided: DecidedCommand)] = []
    var batch = 1
    var loading: Set<StreamName> = []
    var blocked: [StreamName: [Int]] = [:]
    var keysUnderWay: [ClientKey: Int] = [:]
    var blockedOnKey: [ClientKey: [Int]] = [:]
    var now: Int64 = 0
    var pausedUntil: Int64 = 0
    var actions: [Action] = []
    /// Conflicts met since the start, for the metrics.
    public private(set) var conflicts = 0

    /// A machine without commands.
    public init(limits: PipelineLimits = PipelineLimits(), domainLimits: DomainLimits = DomainLimits()) {
        self.limits = limits
        self.domainLimits = domainLimits
        cache = StateCache(limit: limits.cachedStates)
    }

    /// Commands that are not completed yet.
    public var backlog: Int { chains.values.reduce(0) { $0 + $1.queue.count } + filling.count + inFlight.count }

    /// A command of a chain; `id` is the submitter's own.
    public func submit(_ request: CommandRequest, id: Int, chain: Int, now: Int64) -> [Action] {
        advance(now)
        let waiting = Waiting(id: id, chain: chain, request: request, deadline: now + limits.wait * 1_000)
        chains[chain, default: Chain()].queue.append(waiting)
        if chains[chain]?.isBlocked == false { markReady(chain) }
        return pump()
    }

    /// The heads that a `load` asked for.
    public func loaded(_ heads: [(stream: StreamName, state: VersionedState)], now: Int64) -> [Action] {
        advance(now)
        for head in heads {
            loading.remove(head.stream)
            cache.store(head.stream, head.state)
            unblock(head.stream)
        }
        return pump()
    }

    /// The load of these streams failed: it is tried again after a while.
    public func loadFailed(_ streams: [StreamName], now: Int64) -> [Action] {
        advance(now)
        pausedUntil = max(pausedUntil, now + limits.backOff * 1_000)
        for stream in streams {
            loading.remove(stream)
            unblock(stream)
        }
        return pump()
    }

    /// What became of the batch in flight, command by command.
    public func appended(_ outcomes: [AppendOutcome], now: Int64) -> [Action] {
        advance(now)
        let batchDone = batch - 1
        let entries = inFlight
        inFlight = []
        var repeated: [Waiting] = []
        var isClean = true
        for (entry, outcome) in zip(entries, outcomes) {
            settle(entry, outcome, isClean: &isClean, repeated: &repeated)
        }
        if isClean {
            promote(batchDone)
        } else {
            decideAgain(entries.map(\.decided), repeated)
        }
        return pump()
    }

    /// The append failed as a whole.
    public func appendFailed(_ error: EventLogError, now: Int64) -> [Action] {
        advance(now)
        let entries = inFlight
        inFlight = []
        switch error {
        case .unknown:
            entries.forEach { complete($0.waiting, .unknown) }
            decideAgain(entries.map(\.decided), [])
        case .staleTerm, .refused:
            entries.forEach { complete($0.waiting, .unavailable(retryAfter: limits.retryAfter)) }
            decideAgain(entries.map(\.decided), [])
        case .unavailable, .staleBatch:
            pausedUntil = now + limits.backOff * 1_000
            decideAgain(entries.map(\.decided), entries.map(\.waiting))
        }
        return pump()
    }

    /// Time has passed: commands that waited too long are given up, and what was paused goes on.
    public func tick(now: Int64) -> [Action] {
        advance(now)
        for (id, chain) in chains where chain.queue.first.map({ $0.deadline <= now }) == true && !isAhead(id) {
            giveUp(id)
        }
        return pump()
    }

    /// Forgets everything that was learnt of the log's states.
    public func forgetStates() { cache.forgetAll() }

    private func advance(_ now: Int64) { self.now = max(self.now, now) }

    /// Whether a command of this chain may still be stored; until that is known nothing behind it is given up.
    private func isAhead(_ chain: Int) -> Bool { inFlight.contains { $0.waiting.chain == chain } }

    private func giveUp(_ chain: Int) {
        takeBack()
        let queue = chains[chain]?.queue ?? []
        chains[chain] = nil
        queue.forEach { complete($0, .unavailable(retryAfter: limits.retryAfter)) }
    }

    private func settle(
        _ entry: (waiting: Waiting, decided: DecidedCommand), _ outcome: AppendOutcome, isClean: inout Bool,
        repeated: inout [Waiting]
    ) {
        switch outcome {
        case .appended(let receipt):
            complete(entry.waiting, entry.decided.outcome(receipt))
        case .duplicate(let receipt):
            if !entry.decided.states.isEmpty { isClean = false }
            let result = CommandResultCodec.decode(receipt.result) ?? .done
            complete(entry.waiting, .done(result, receipt, duplicate: true))
        case .keyReused:
            if !entry.decided.states.isEmpty { isClean = false }
            complete(entry.waiting, .refused(.keyReused))
        case .conflict, .chained:
            isClean = false
            var waiting = entry.waiting
            if case .conflict = outcome {
                conflicts += 1
                waiting.attempts += 1
            }
            repeated.append(waiting)
        }
    }

    private func complete(_ waiting: Waiting, _ outcome: CommandOutcome) {
        if let key = waiting.request.key, keysUnderWay[key] == waiting.id {
            keysUnderWay[key] = nil
            for chain in blockedOnKey.removeValue(forKey: key) ?? [] { free(chain) }
        }
        actions.append(.complete(waiting.id, outcome))
    }
}

// MARK: - Deciding

extension PipelineMachine {
    private func markReady(_ chain: Int) {
        if ready.last != chain { ready.append(chain) }
    }

    private func free(_ chain: Int) {
        guard chains[chain] != nil else { return }
        chains[chain]?.isBlocked = false
        markReady(chain)
    }

    private func unblock(_ stream: StreamName) {
        for chain in blocked.removeValue(forKey: stream) ?? [] { free(chain) }
    }

    /// Decides what can be decided, and sends the next batch if none is in flight.
    private func pump() -> [Action] {
        if now >= pausedUntil { decideReady() }
        if inFlight.isEmpty, !filling.isEmpty, now >= pausedUntil {
            inFlight = filling
            filling = []
            fillingBytes = 0
            batch += 1
            actions.append(.append(inFlight.map(\.decided)))
            decideReady()
        }
        defer { actions = [] }
        return actions
    }

    private func decideReady() {
        var missing: [StreamName] = []
        var index = 0
        while index < ready.count, hasRoom {
            decideChain(ready[index], &missing)
            index += 1
        }
        ready.removeFirst(index)
        if !missing.isEmpty { actions.append(.load(missing)) }
    }

    private var hasRoom: Bool { filling.count < limits.batchCommands && fillingBytes < limits.batchBytes }

    private func decideChain(_ id: Int, _ missing: inout [StreamName]) {
        while let next = chains[id]?.queue.first, chains[id]?.isBlocked == false {
            guard hasRoom else {
                ready.append(id)
                return
            }
            if next.attempts > limits.attempts, !isAhead(id) { return giveUp(id) }
            guard decide(next, &missing) else { return }
        }
        if chains[id]?.queue.isEmpty == true { chains[id] = nil }
    }

    /// True if the command left its chain for the batch.
    private func decide(_ waiting: Waiting, _ missing: inout [StreamName]) -> Bool {
        if let key = waiting.request.key {
            if let first = keysUnderWay[key], first != waiting.id {
                blockedOnKey[key, default: []].append(waiting.chain)
                chains[waiting.chain]?.isBlocked = true
                return false
            }
            keysUnderWay[key] = waiting.id
        }
        switch decision(waiting) {
        case .success(let decided):
            chains[waiting.chain]?.queue.removeFirst()
            enqueue(waiting, decided)
            return true
        case .failure(let gap):
            block(waiting.chain, on: gap.streams, &missing)
            return false
        }
    }

    private struct Gap: Error { var streams: [StreamName] }

    private func decision(_ waiting: Waiting) -> Result<DecidedCommand, Gap> {
        var reader = StateReader { [self] stream in pending[stream]?.state ?? cache.find(stream) }
        let context = CommandContext(actor: waiting.request.cause.actor, now: now, limits: domainLimits)
        do throws(DecisionStop) {
            let command = try waiting.request.plan(&reader)
            let decision = try Decider.decide(command, context, &reader)
            return .success(DecidedCommand(waiting.request, waiting.chain, command, decision, reader, now: now))
        } catch {
            switch error {
            case .missing(let streams): return .failure(Gap(streams: streams))
            case .refused(let refusal):
                return .success(DecidedCommand(waiting.request, waiting.chain, refusal, reader))
            }
        }
    }

    private func enqueue(_ waiting: Waiting, _ decided: DecidedCommand) {
        filling.append((waiting, decided))
        fillingBytes += decided.size
        for (stream, state) in decided.states { pending[stream] = (state, batch) }
    }

    private func block(_ chain: Int, on streams: [StreamName], _ missing: inout [StreamName]) {
        chains[chain]?.isBlocked = true
        for stream in streams {
            blocked[stream, default: []].append(chain)
            if loading.insert(stream).inserted { missing.append(stream) }
        }
    }

    /// The batch went in as decided: its states are what the log says now.
    private func promote(_ done: Int) {
        for (stream, entry) in pending where entry.batch <= done {
            cache.store(stream, entry.state)
            pending[stream] = nil
        }
    }

    /// Decides anew what was not appended, and everything that was decided behind it.
    private func decideAgain(_ settled: [DecidedCommand], _ repeated: [Waiting]) {
        for decided in settled { decided.reads.forEach { cache.forget($0) } }
        takeBack()
        requeue(repeated)
    }

    /// Puts what was decided but not sent back in front of its chains.
    private func takeBack() {
        for entry in filling { entry.decided.reads.forEach { cache.forget($0) } }
        let waiting = filling.map(\.waiting)
        filling = []
        fillingBytes = 0
        pending = inFlight.isEmpty ? [:] : pending.filter { $0.value.batch < batch }
        requeue(waiting)
    }

    private func requeue(_ waiting: [Waiting]) {
        var byChain: [Int: [Waiting]] = [:]
        for entry in waiting { byChain[entry.chain, default: []].append(entry) }
        for (chain, entries) in byChain {
            chains[chain, default: Chain()].queue.insert(contentsOf: entries, at: 0)
            if chains[chain]?.isBlocked == false { markReady(chain) }
        }
    }
}
