public import ChatDomain

/// The way of commands into the log, as a pure machine: inputs in, actions out, no waiting anywhere.
///
/// Commands of one chain (a connection) are decided in order, on the pending state of those ahead. One batch is in
/// flight while the next one fills. If any command of a batch is not appended as decided, everything decided behind
/// it is decided again.
///
/// Invariants: every command completes exactly once; a chain that can go on is in `ready`, or blocked on something
/// that is under way; a 503 takes everything behind it in its chain along, also what comes before the submitter has
/// been told.
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

    /// A command of a batch.
    struct Entry {
        var waiting: WaitingCommand
        var decided: DecidedCommand
    }

    /// A stream's state as a batch that is not in the log yet will leave it.
    struct Pending {
        var state: VersionedState
        var batch: Int
        var chain: Int
        /// A keyed command may turn out to be a duplicate, and then changes nothing.
        var isKeyed: Bool
    }

    let limits: PipelineLimits
    let domainLimits: DomainLimits
    var cache: StateCache
    var chains: [Int: CommandChain] = [:]
    var ready: [Int] = []
    var pending: [StreamName: Pending] = [:]
    var filling: [Entry] = []
    var fillingBytes = 0
    /// Chains of the filling batch that rest on each other, by what they are joined to.
    var joined: [Int: Int] = [:]
    var inFlight: [Entry] = []
    var batch = 1
    /// Commands that the next batch may hold: fewer while one that the log refuses is looked for.
    var room: Int
    var loading: Set<StreamName> = []
    var blocked: [StreamName: [Int]] = [:]
    var blockedOnBatch: [Int] = []
    var keysUnderWay: [ClientKey: Int] = [:]
    var blockedOnKey: [ClientKey: [Int]] = [:]
    /// For each chain, how many of its 503s its submitter has not been told of yet.
    private var untold: [Int: Int] = [:]
    /// What the present decision has read of the filling batch.
    var basis = Basis()
    var now: Int64 = 0
    var pausedUntil: Int64 = 0
    private var actions: [Action] = []
    /// Conflicts met since the start, for the metrics.
    public private(set) var conflicts = 0
    /// Commands that are not completed yet.
    public private(set) var backlog = 0

    /// A machine without commands.
    public init(limits: PipelineLimits = PipelineLimits(), domainLimits: DomainLimits = DomainLimits()) {
        self.limits = limits
        self.domainLimits = domainLimits
        room = limits.batchCommands
        cache = StateCache(limit: limits.cachedStates)
    }

    /// A command of a chain; `id` is the submitter's own.
    public func submit(_ request: CommandRequest, id: Int, chain: Int, now: Int64) -> [Action] {
        advance(now)
        let waiting = WaitingCommand(id, chain, request, at: now, deadline: now + limits.wait * 1_000)
        backlog += 1
        guard untold[chain] == nil else {
            complete(waiting, .unavailable(retryAfter: limits.retryAfter))
            return pump()
        }
        chains[chain, default: CommandChain()].append(waiting)
        if backlog > limits.backlog, !isAhead(chain) { giveUp(chain) }
        markReady(chain)
        return pump()
    }

    /// The heads that a `load` asked for.
    public func loaded(_ heads: [(stream: StreamName, state: VersionedState)], now: Int64) -> [Action] {
        advance(now)
        for head in heads {
            loading.remove(head.stream)
            cache.storeIfNewer(head.stream, head.state)
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
        guard outcomes.count == inFlight.count else { return appendFailed(.unknown, now: now) }
        advance(now)
        let entries = takeInFlight()
        var repeated: [WaitingCommand] = []
        var isClean = true
        for (entry, outcome) in zip(entries, outcomes) {
            settle(entry, outcome, isClean: &isClean, repeated: &repeated)
        }
        room = min(limits.batchCommands, room * 2)
        if !isClean {
            takeBack()
            requeue(repeated)
        }
        return pump()
    }

    /// The append failed as a whole.
    public func appendFailed(_ error: EventLogError, now: Int64) -> [Action] {
        advance(now)
        let entries = takeInFlight()
        takeBack()
        switch error {
        case .unknown:
            for entry in entries { forget(entry) }
            fail(entries, .unknown)
        case .staleTerm: fail(entries, .unavailable(retryAfter: limits.retryAfter))
        case .refused where entries.count == 1: fail(entries, .unavailable(retryAfter: limits.retryAfter))
        case .refused:
            // Only the one that the log refuses is to fail: halve until it is alone.
            room = max(1, entries.count / 2)
            requeue(entries.map(\.waiting))
        case .unavailable, .staleBatch:
            pausedUntil = now + limits.backOff * 1_000
            requeue(entries.map(\.waiting))
        }
        return pump()
    }

    /// Time has passed: commands that waited too long are given up, and what was paused goes on.
    public func tick(now: Int64) -> [Action] {
        advance(now)
        // Until it is known what became of a command in flight, nothing behind it in its chain is given up.
        let ahead = Set(inFlight.map(\.waiting.chain))
        func isOver(_ waiting: WaitingCommand) -> Bool { waiting.deadline <= now && !ahead.contains(waiting.chain) }
        if filling.contains(where: { isOver($0.waiting) }) { takeBack() }
        let over = chains.compactMap { entry in entry.value.first.map(isOver) == true ? entry.key : nil }
        for chain in over.sorted() { giveUp(chain) }
        return pump()
    }

    /// The submitter of a chain has been told of one 503: what it sends from now on knows of it.
    public func told(_ chain: Int) {
        guard let count = untold[chain] else { return }
        untold[chain] = count > 1 ? count - 1 : nil
    }

    /// Forgets everything that was learnt of the log's states.
    public func forgetStates() { cache.forgetAll() }
}

// MARK: - Settling

extension PipelineMachine {
    private func advance(_ now: Int64) { self.now = max(self.now, now) }

    private func takeInFlight() -> [Entry] {
        defer { inFlight = [] }
        return inFlight
    }

    private func settle(
        _ entry: Entry, _ outcome: AppendOutcome, isClean: inout Bool, repeated: inout [WaitingCommand]
    ) {
        switch outcome {
        case .appended(let receipt):
            keep(entry.decided)
            complete(entry.waiting, entry.decided.outcome(receipt))
        case .duplicate(let receipt):
            if !entry.decided.states.isEmpty { isClean = false }
            forget(entry)
            let result = CommandResultCodec.decode(receipt.result) ?? .done
            complete(entry.waiting, .done(result, receipt, duplicate: true))
        case .keyReused:
            if !entry.decided.states.isEmpty { isClean = false }
            forget(entry)
            complete(entry.waiting, .refused(.keyReused))
        case .conflict:
            isClean = false
            conflicts += 1
            forget(entry)
            entry.waiting.attempts += 1
            repeated.append(entry.waiting)
        case .chained:
            isClean = false
            repeated.append(entry.waiting)
        }
    }

    /// It went in as decided: its states are what the log says now.
    private func keep(_ decided: DecidedCommand) {
        for (stream, state) in decided.states {
            cache.store(stream, state)
            if let entry = pending[stream], entry.batch < batch { pending[stream] = nil }
        }
    }

    /// What the decision rested on may have moved.
    private func forget(_ entry: Entry) {
        for read in entry.decided.guards { cache.forget(read.stream) }
    }

    /// Completes commands that were in flight, and with 503 whatever was behind them in their chains.
    private func fail(_ entries: [Entry], _ outcome: CommandOutcome) {
        for entry in entries { complete(entry.waiting, outcome) }
        for entry in entries { drop(entry.waiting.chain) }
    }

    /// Whether a command of this chain may still be stored.
    func isAhead(_ chain: Int) -> Bool { inFlight.contains { $0.waiting.chain == chain } }

    /// Only if nothing of the chain is in flight.
    func giveUp(_ chain: Int) {
        if filling.contains(where: { $0.waiting.chain == chain }) { takeBack() }
        drop(chain)
    }

    private func drop(_ chain: Int) {
        guard var given = chains.removeValue(forKey: chain) else { return }
        while let waiting = given.removeFirst() { complete(waiting, .unavailable(retryAfter: limits.retryAfter)) }
    }

    private func complete(_ waiting: WaitingCommand, _ outcome: CommandOutcome) {
        if let key = waiting.request.key, keysUnderWay[key] == waiting.id {
            keysUnderWay[key] = nil
            for chain in blockedOnKey.removeValue(forKey: key) ?? [] { free(chain) }
        }
        backlog -= 1
        if case .unavailable = outcome { untold[waiting.chain, default: 0] += 1 }
        actions.append(.complete(waiting.id, outcome))
    }

    /// Puts what was decided but not sent back in front of its chains.
    func takeBack() {
        let entries = filling
        filling = []
        fillingBytes = 0
        joined = [:]
        pending = [:]
        for entry in inFlight { announce(entry, batch: batch - 1) }
        freeBlockedOnBatch()
        requeue(entries.map(\.waiting))
    }

    private func requeue(_ waiting: [WaitingCommand]) {
        guard !waiting.isEmpty else { return }
        var byChain: [Int: [WaitingCommand]] = [:]
        var order: [Int] = []
        for entry in waiting {
            if byChain[entry.chain] == nil { order.append(entry.chain) }
            byChain[entry.chain, default: []].append(entry)
        }
        for chain in order {
            chains[chain, default: CommandChain()].prepend(byChain[chain] ?? [])
            // What blocked the chain blocked the command behind these.
            free(chain)
        }
    }
}

// MARK: - Sending

extension PipelineMachine {
    /// Decides what can be decided, and sends the next batch if none is in flight.
    private func pump() -> [Action] {
        if now >= pausedUntil {
            decideReady()
            if inFlight.isEmpty, !filling.isEmpty {
                send()
                decideReady()
            }
        }
        defer { actions = [] }
        return actions
    }

    private func send() {
        if !joined.isEmpty {
            for index in filling.indices { filling[index].decided.chain = root(filling[index].decided.chain) }
        }
        inFlight = filling
        filling = []
        fillingBytes = 0
        joined = [:]
        batch += 1
        freeBlockedOnBatch()
        actions.append(.append(inFlight.map(\.decided)))
    }

    private func decideReady() {
        var missing: [StreamName] = []
        var index = 0
        while index < ready.count, hasRoom {
            let chain = ready[index]
            index += 1
            chains[chain]?.isReady = false
            decideChain(chain, &missing)
        }
        ready.removeFirst(index)
        if !missing.isEmpty { actions.append(.load(missing)) }
    }

    /// Notes the states that a command of a batch will leave.
    func announce(_ entry: Entry, batch: Int) {
        let isKeyed = entry.waiting.request.key != nil
        for (stream, state) in entry.decided.states {
            pending[stream] = Pending(state: state, batch: batch, chain: entry.waiting.chain, isKeyed: isKeyed)
        }
    }
}
