import JSONText
import Synchronization
import TLS

/// The thread of a client: it runs the machine, does what was ordered and hands out what came. Confined to that thread.
final class ClientWorker {
    /// How long the last acknowledgement may take, in milliseconds.
    static let parting = 2_000

    private let desk: ClientDesk
    private let runner: ClientRunner
    private var ids: [Int: UInt64] = [:]
    private var tags: [UInt64: Int] = [:]
    private var tokenRefusal: Refusal?
    private var closing: (tag: Int?, until: Int)?
    private var closers: [CheckedContinuation<Void, Never>] = []

    init(_ desk: ClientDesk) {
        self.desk = desk
        let configuration = desk.configuration
        var token: String?
        var password: String?
        switch configuration.credentials {
        case .password(_, let text): password = text
        case .token(let text): token = text
        case nil: break
        }
        let machine = ClientMachine(
            options: configuration.options, token: token, password: password, since: configuration.since,
            random: { Double.random(in: 0...1) })
        runner = ClientRunner(machine: machine, servers: configuration.servers)
    }

    func run() {
        do throws(TLSError) {
            if case .tls(let authorities) = desk.configuration.security {
                runner.tls = try TLSContext(authorities: authorities)
            }
        } catch {
            return end(.unreachable(error.description))
        }
        guard !desk.configuration.servers.isEmpty else { return end(.unreachable("no server is named")) }
        runner.start()
        while true {
            runner.isReading = mayRead
            let (events, readable) = runner.next(also: [desk.bell.descriptor], until: closing?.until)
            for event in events {
                if let reason = take(event) { return end(reason) }
            }
            if !readable.isEmpty { takeOrders() }
            manageFeed()
            if let closing, closing.tag == nil || Sockets.now() >= closing.until { return end(.closed) }
        }
    }

    private func end(_ reason: ChatError) {
        runner.stop()
        desk.finish(reason)
        for closed in closers { closed.resume() }
    }

    // MARK: The feed

    /// An answer may stand behind pushes for which there is no room.
    private var mayRead: Bool {
        runner.machine.phase != .ready || runner.machine.awaitsAnswers || desk.state.withLock { $0.feed.hasRoom }
    }

    /// Throws pushes away when too many wait, and reads them again once those are taken.
    private func manageFeed() {
        let (isOverfull, isEmpty) = desk.state.withLock { ($0.feed.isOverfull, $0.feed.isEmpty) }
        if isOverfull { runner.machine.skipFeed() }
        if isEmpty, runner.machine.isSkipping { runner.rereadFeed() }
    }

    // MARK: The callers

    private func takeOrders() {
        let (orders, dealtWith) = desk.takeOrders()
        // First what arrived: `close` says it again and waits for the answer.
        runner.acknowledge(upTo: dealtWith)
        for order in orders { obey(order) }
    }

    private func obey(_ order: ClientDesk.Order) {
        switch order {
        case .submit(let id, let method, let params, let retry):
            let needsLogin = !RetryRule.withoutLogin.contains(method)
            guard let tag = runner.submit(method, .object(params), retry: retry, needsLogin: needsLogin) else {
                return desk.answer(id, .failure(ChatError.tooManyWaiting))
            }
            ids[tag] = id
            tags[id] = tag
        case .forget(let id):
            if let tag = tags.removeValue(forKey: id), runner.machine.withdraw(tag) { ids[tag] = nil }
        case .logIn(.password(let name, let password)): runner.logIn(as: name, token: nil, password: password)
        case .logIn(.token(let token)): runner.logIn(as: nil, token: token, password: nil)
        case .room: break
        case .close(let closed): close(closed)
        }
    }

    private func close(_ closed: CheckedContinuation<Void, Never>?) {
        if let closed { closers.append(closed) }
        guard closing == nil else { return }
        var tag: Int?
        if runner.machine.phase == .ready, let position = runner.machine.acknowledgeable {
            let params: JSONValue = ["position": .integer(position)]
            tag = runner.submit(Wire.Method.ack, params, retry: .never)
        }
        closing = (tag, Sockets.now() + ClientWorker.parting)
    }

    // MARK: The server

    /// Deals with an event; gives the reason if it was the last one.
    private func take(_ event: ClientEvent) -> ChatError? {
        switch event {
        case .loggedIn(let result, let isResumed): loggedIn(result, isResumed: isResumed)
        case .tokenRefused: tokenRefusal = ClientWorker.badToken
        case .passwordNeeded(let refusal):
            if let refusal = refusal ?? tokenRefusal { return .refused(refusal) }
        case .reply(let tag, let result): reply(tag, .success(result))
        case .refused(let tag, let refusal): reply(tag, .failure(ChatError.refused(refusal)))
        case .unknown(let tag): reply(tag, .failure(ChatError.outcomeUnknown))
        case .push(let method, let params, let bytes):
            if method != Wire.Push.goAway { desk.deliver(Push(method: method, params: params), bytes: bytes) }
        case .complaint: break
        case .lost(let reason, let wait):
            let dealtWith = desk.state.withLock { state in
                state.feed.forget()
                return state.dealtWith
            }
            runner.acknowledge(upTo: dealtWith)
            desk.show(.waiting(reason: reason, retryIn: .milliseconds(wait)))
        case .connecting: desk.show(.connecting)
        case .stopped(let reason): return ChatError(reason)
        }
        return nil
    }

    private func loggedIn(_ result: JSONObject, isResumed: Bool) {
        if let position = result["reset"]?["position"]?.intValue {
            desk.state.withLock { state in
                state.feed.reset(to: position)
                state.dealtWith = min(state.dealtWith, position)
            }
            desk.deliver(Push(method: Push.reset, params: ["position": .integer(position)]), bytes: 0)
        }
        desk.show(.online(isResumed: isResumed))
        desk.loggedIn(Login(result))
    }

    private func reply(_ tag: Int, _ answer: ClientDesk.Answer) {
        if tag == closing?.tag { closing?.tag = nil }
        if !runner.machine.wantsLogin { desk.loggedOut() }
        guard let id = ids.removeValue(forKey: tag) else { return }
        tags[id] = nil
        desk.answer(id, answer)
    }

    private static let badToken = Refusal(
        code: Wire.unauthorized, reason: Wire.Reason.badToken, message: "the token is good no more")
}
