import ChatDomain

extension PipelineMachine {
    /// What a decision has read of the batch that it is to go into.
    struct Basis {
        /// Chains whose commands changed what it read.
        var chains: [Int] = []
        /// Whether one of those commands has a key.
        var isKeyed = false
    }

    private struct Gap: Error { var streams: [StreamName] }

    var hasRoom: Bool { filling.count < room && fillingBytes < limits.batchBytes }

    func decideChain(_ id: Int, _ missing: inout [StreamName]) {
        while let next = chains[id]?.first, chains[id]?.isBlocked == false {
            guard hasRoom else { return markReady(id) }
            if next.attempts > limits.attempts, !isAhead(id) { return giveUp(id) }
            guard decide(next, &missing) else { return }
        }
        if chains[id]?.isEmpty == true { chains[id] = nil }
    }

    /// True if the command left its chain for the batch.
    private func decide(_ waiting: WaitingCommand, _ missing: inout [StreamName]) -> Bool {
        if let key = waiting.request.key {
            if let first = keysUnderWay[key], first != waiting.id {
                blockedOnKey[key, default: []].append(waiting.chain)
                chains[waiting.chain]?.isBlocked = true
                return false
            }
            keysUnderWay[key] = waiting.id
        }
        basis = Basis()
        switch decision(waiting) {
        case .success(var decided):
            if basis.isKeyed { return waitForBatch(waiting.chain) }
            _ = chains[waiting.chain]?.removeFirst()
            decided.submittedAt = waiting.submittedAt
            enqueue(Entry(waiting: waiting, decided: decided))
            return true
        case .failure(let gap):
            block(waiting.chain, on: gap.streams, &missing)
            return false
        }
    }

    private func decision(_ waiting: WaitingCommand) -> Result<DecidedCommand, Gap> {
        var reader = StateReader { [unowned self] stream in find(stream) }
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

    private func find(_ stream: StreamName) -> VersionedState? {
        guard let found = pending[stream] else { return cache.find(stream) }
        if found.batch == batch {
            basis.chains.append(found.chain)
            if found.isKeyed { basis.isKeyed = true }
        }
        return found.state
    }

    private func enqueue(_ entry: Entry) {
        // The version that it names may arise in spite of a conflict ahead, by somebody else's event: so it is to fall
        // together with what it rests on.
        for chain in basis.chains { join(entry.waiting.chain, chain) }
        fillingBytes += entry.decided.size
        announce(entry, batch: batch)
        filling.append(entry)
    }
}

// MARK: - Who rests on whom

extension PipelineMachine {
    /// Makes two chains of the filling batch one for the log.
    private func join(_ one: Int, _ other: Int) {
        let (one, other) = (root(one), root(other))
        if one != other { joined[one] = other }
    }

    /// The chain for which a chain of the filling batch stands in the log.
    func root(_ chain: Int) -> Int {
        var found = chain
        while let next = joined[found] { found = next }
        return found
    }
}

// MARK: - Waiting

extension PipelineMachine {
    func markReady(_ chain: Int) {
        guard let found = chains[chain], !found.isReady, !found.isBlocked else { return }
        chains[chain]?.isReady = true
        ready.append(chain)
    }

    /// A chain may be freed although something else blocks it: it then blocks itself again.
    func free(_ chain: Int) {
        chains[chain]?.isBlocked = false
        markReady(chain)
    }

    func unblock(_ stream: StreamName) {
        for chain in blocked.removeValue(forKey: stream) ?? [] { free(chain) }
    }

    func freeBlockedOnBatch() {
        let waiting = blockedOnBatch
        blockedOnBatch = []
        for chain in waiting { free(chain) }
    }

    private func block(_ chain: Int, on streams: [StreamName], _ missing: inout [StreamName]) {
        chains[chain]?.isBlocked = true
        for stream in streams {
            blocked[stream, default: []].append(chain)
            if loading.insert(stream).inserted { missing.append(stream) }
        }
    }

    /// Should a keyed command ahead turn out to be a duplicate, the log tells only the batch behind.
    private func waitForBatch(_ chain: Int) -> Bool {
        chains[chain]?.isBlocked = true
        blockedOnBatch.append(chain)
        return false
    }
}
