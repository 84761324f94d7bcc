import ChatApplication
import ChatDomain
import JSONText
import Reactor
import Telemetry
import WireProtocol

/// From bytes to requests, and from results to replies.
extension LoopWorker {
    func received(_ id: Int, _ bytes: [UInt8]) {
        guard let connection = connections[id], !connection.isClosing else { return }
        connection.lastByteAt = services.clock.now()
        for input in connection.stream.receive(bytes) {
            switch input {
            case .frame(let frame): take(connection, frame)
            case .tooLarge: refuseAndClose(connection, .frameTooLarge)
            case .ended: connection.peerEnded = true
            }
            if connection.isClosing { return }
        }
        pump(connection)
    }

    private func take(_ connection: Connection, _ frame: [UInt8]) {
        services.metrics.frames.add()
        connection.received += 1
        switch RPCFrame.read(frame) {
        case .invalid(let error):
            if error == .parse {
                connection.unreadable += 1
                if connection.unreadable >= SessionSettings.unreadableFrames {
                    return refuseAndClose(connection, error)
                }
            } else {
                connection.unreadable = 0
            }
            enqueue(connection, .invalid(error, id: .null), ReplySlot())
        case .single(let element):
            connection.unreadable = 0
            enqueue(connection, element, ReplySlot())
        case .batch(let elements):
            connection.unreadable = 0
            let batch = BatchReplies(count: elements.count)
            for (index, element) in elements.enumerated() {
                enqueue(connection, element, ReplySlot(batch: batch, index: index))
            }
        }
    }

    private func enqueue(_ connection: Connection, _ element: RPCFrame.Element, _ slot: ReplySlot) {
        connection.inbox.append(
            WorkItem(element: element, slot: slot, number: connection.received, at: connection.lastByteAt))
    }

    /// Answers with an error once what came before is answered, then closes.
    private func refuseAndClose(_ connection: Connection, _ error: RPCError) {
        connection.isClosing = true
        connection.stream.pauseReading()
        connection.lastWords = RPCReply.error(error, id: .null) + [UInt8(ascii: "\n")]
        pump(connection)
    }

    /// Carries out what can be: in order, nothing behind a request that has to be waited for, and nothing while the
    /// client leaves its answers untaken.
    func pump(_ connection: Connection) {
        var taken = 0
        while !connection.isBusy, taken < connection.inbox.count, connections[connection.id] != nil,
            connection.stream.queuedBytes < settings.sessionQueue
        {
            let item = connection.inbox[taken]
            guard canStart(item, connection) else { break }
            taken += 1
            start(item, connection)
        }
        connection.inbox.removeFirst(min(taken, connection.inbox.count))
        adjustReading(connection)
        closeIfDone(connection)
    }

    private func canStart(_ item: WorkItem, _ connection: Connection) -> Bool {
        guard case .request(let request) = item.element, let method = Method.named(request.method) else { return true }
        switch method.action(for: request) {
        case .immediate: return true
        case .command: return connection.underWay < SessionSettings.commandsUnderWay
        case .waiting: return connection.underWay == 0
        }
    }

    /// Reads no further while too much waits, in either direction.
    private func adjustReading(_ connection: Connection) {
        guard !connection.isClosing, !isDraining else { return }
        if connection.inbox.count >= SessionSettings.inbox || connection.stream.queuedBytes >= settings.sessionQueue {
            connection.stream.pauseReading()
            connection.isPaused = true
        } else {
            connection.stream.resumeReading()
            // While nothing is read, no sign of life can be seen.
            if connection.isPaused { connection.lastByteAt = services.clock.now() }
            connection.isPaused = false
        }
    }

    func drained(_ id: Int) {
        guard let connection = connections[id] else { return }
        pump(connection)
        guard let session = connection.session else { return }
        if session.isAnswered { tellHeldPresence(connection, session) }
        if case .waiting = session.feed { catchUp(connection, session) }
    }

    private func start(_ item: WorkItem, _ connection: Connection) {
        switch item.element {
        case .invalid(let error, let id): reply(connection, item.slot, RPCReply.error(error, id: id))
        case .request(let request): start(request, item, connection)
        }
    }

    private func start(_ request: RPCRequest, _ item: WorkItem, _ connection: Connection) {
        let slot = item.slot
        let method = Method.named(request.method)
        let pause = method?.isCounted == false ? nil : connection.bucket.take(now: services.clock.now())
        guard let method else { return finish(connection, slot, request, .failure(.unknownMethod)) }
        guard connection.session != nil || !(method.needsLogin || connection.isDismissed) else {
            return finish(connection, slot, request, .failure(.refusal(.notLoggedIn)))
        }
        if let pause { return finish(connection, slot, request, .failure(.refusal(.rateLimited, retryAfter: pause))) }
        if method.changes, item.number <= connection.refusedUpTo {
            return finish(connection, slot, request, .failure(.refusal(.unavailable, retryAfter: 1_000)))
        }
        do {
            let parameters = try request.named()
            let call = Call(connection: connection, parameters: parameters, budget: slot.budget)
            switch method.action(for: request) {
            case .immediate(let run): finish(connection, slot, request, .success(try run(self, call)))
            case .command(let make): submit(try make(self, call), connection, item, request)
            case .waiting(let run): wait(run, call, slot, request)
            }
        } catch {
            finish(connection, slot, request, .failure(rpcError(error)))
        }
    }

    /// What a thrown error is to the client; what is not meant for clients gets a reference that the log explains.
    func rpcError(_ error: any Error) -> RPCError {
        switch error {
        case let error as RPCError: return error
        case Refusal.unavailable: return .refusal(.unavailable, retryAfter: 1_000)
        case let refusal as Refusal: return .refusal(refusal)
        case EventLogError.refused(let reason): return unexpected(reason)
        case is EventLogError: return .refusal(.unavailable, retryAfter: 1_000)
        default: return unexpected(String(describing: error))
        }
    }

    private func unexpected(_ reason: String) -> RPCError {
        let reference = services.credentials.newSession().value
        services.logger.error("a request failed inside", [.reference: reference, .error: reason])
        return .internal(reference: reference)
    }

    private func wait(_ run: @escaping Method.Waiting, _ call: Call, _ slot: ReplySlot, _ request: RPCRequest) {
        call.connection.isBusy = true
        let number = nextCommand
        nextCommand += 1
        waiting[number] = WaitingCall(run: run, call: call, slot: slot, request: request)
        Task(executorPreference: loop) { await self.carryOut(number) }
    }

    private func carryOut(_ number: Int) async {
        guard let waiting = waiting.removeValue(forKey: number) else { return }
        let connection = waiting.call.connection
        var result: Result<JSONValue, RPCError>
        do {
            result = .success(try await waiting.run(self, waiting.call))
        } catch {
            result = .failure(rpcError(error))
        }
        connection.isBusy = false
        guard connections[connection.id] != nil else { return }
        let opened = waiting.call.opened
        // Within a batch, the answer to the login stands in the batch's, and comes before the first push.
        if let batch = waiting.slot.batch { batch.opened = opened ?? batch.opened }
        finish(connection, waiting.slot, waiting.request, result)
        if waiting.slot.batch == nil, let opened { beginFeed(connection, opened) }
        pump(connection)
    }

    private func submit(_ command: CommandCall, _ connection: Connection, _ item: WorkItem, _ request: RPCRequest) {
        connection.underWay += 1
        let number = nextCommand
        nextCommand += 1
        underWay[number] = UnderWay(
            connection: connection.id, slot: item.slot, request: request, render: command.render,
            endsOwnSession: command.endsOwnSession, receivedAt: item.at)
        services.metrics.stages.received.record(from: item.at, to: services.clock.now())
        services.submit(command.request, connection.id) { [loop] outcome in
            loop.execute { self.assumeIsolated { $0.completed(number, outcome) } }
        }
    }

    private func completed(_ number: Int, _ outcome: CommandOutcome) {
        guard let command = underWay.removeValue(forKey: number) else { return }
        defer { if outcome.isUnavailable { services.told(command.connection) } }
        guard let connection = connections[command.connection] else { return }
        connection.underWay -= 1
        do {
            let value = try result(of: outcome, connection, command.render)
            finish(connection, command.slot, command.request, .success(value))
            if command.endsOwnSession { dismiss(connection) }
        } catch {
            finish(connection, command.slot, command.request, .failure(rpcError(error)))
        }
        services.metrics.stages.answered.record(from: command.receivedAt, to: services.clock.now())
        pump(connection)
    }

    /// The result of a command; a 503 takes everything with it that was received before it is sent, and an outcome
    /// that cannot be found out ends the connection without an answer.
    func result(
        of outcome: CommandOutcome, _ connection: Connection, _ render: CommandCall.Render
    ) throws -> JSONValue {
        switch outcome {
        case .done(let result, let receipt, let duplicate):
            if let position = receipt.last ?? receipt.position, let session = connection.session {
                session.answered = max(session.answered, position)
            }
            var value = try render(result, receipt)
            if duplicate, case .object(var object) = value {
                object["duplicate"] = true
                value = .object(object)
            }
            return value
        case .refused(let refusal): throw refusal
        case .unavailable(let retryAfter):
            throw RPCError.refusal(.unavailable, retryAfter: retryAfter)
        case .unknown:
            connection.abandon()
            throw RPCError.refusal(.unavailable)
        }
    }

    private func finish(
        _ connection: Connection, _ slot: ReplySlot, _ request: RPCRequest, _ result: Result<JSONValue, RPCError>
    ) {
        if case .failure(let error) = result { refused(connection, request, error) }
        guard let id = request.id else { return reply(connection, slot, nil) }
        switch result {
        case .success(let value): reply(connection, slot, RPCReply.result(value, id: id))
        case .failure(let error): reply(connection, slot, RPCReply.error(error, id: id))
        }
    }

    private func refused(_ connection: Connection, _ request: RPCRequest, _ error: RPCError) {
        services.metrics.refused(error.code)
        // What was received before a 503 is sent goes the same way, whatever the 503 came from.
        let changes = Method.named(request.method)?.changes == true
        if changes, error.code == Refusal.unavailable.code { connection.refusedUpTo = connection.received }
    }

    private func reply(_ connection: Connection, _ slot: ReplySlot, _ bytes: [UInt8]?) {
        if let batch = slot.batch {
            guard let replies = batch.add(bytes, at: slot.index) else { return }
            if let text = RPCReply.batch(replies) { send(connection, text + [UInt8(ascii: "\n")]) }
            if let session = batch.opened { beginFeed(connection, session) }
        } else if var bytes {
            bytes.append(UInt8(ascii: "\n"))
            send(connection, bytes)
        }
    }

    func send(_ connection: Connection, _ line: [UInt8]) {
        guard connections[connection.id] != nil else { return }
        connection.stream.write(line)
    }
}
