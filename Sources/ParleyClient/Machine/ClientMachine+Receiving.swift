import JSONText

extension ClientMachine {
    mutating func take(_ message: JSONValue, bytes: Int, at now: Int) -> [ClientAction] {
        wasAnswered = true
        if let method = message["method"]?.stringValue {
            return takePush(method, message["params"]?.objectValue ?? [:], bytes: bytes, at: now)
        }
        guard let id = message["id"]?.intValue, let what = expected.removeValue(forKey: Int(id)) else {
            guard let error = message["error"] else { return [] }
            return [.event(.complaint(Refusal(error)))]
        }
        let refusal = message["error"].map { Refusal($0) }
        let result = message["result"] ?? .null
        switch what {
        case .hello(let sentAt):
            latency = now - sentAt
            node = result["node"]?.stringValue
            takeLimits(result["limits"])
            return []
        case .ping(let sentAt):
            latency = now - sentAt
            return []
        case .login(let byToken):
            if let refusal { return takeLoginRefusal(refusal, byToken: byToken, at: now) }
            return takeLogin(result.objectValue ?? [:], at: now)
        case .request(let request):
            if let refusal { return takeRefusal(refusal, of: request, at: now) }
            return takeResult(result, of: request, at: now)
        }
    }

    private mutating func takeLimits(_ limits: JSONValue?) {
        guard let limits else { return }
        if let bytes = limits[Wire.Setting.frameBytes]?.intValue, bytes > 0 { frameLimit = Int(bytes) }
        if let rate = limits[Wire.Setting.rate]?.intValue, let burst = limits[Wire.Setting.burst]?.intValue {
            allowance.limit(rate: Int(max(0, rate)), burst: Int(max(0, burst)))
        }
        if let idle = limits[Wire.Setting.idle]?.doubleValue, idle > 0 {
            pingEvery = max(200, min(ClientMachine.pingInterval, Int(idle * 1000 / 3)))
        }
    }

    /// The connection does its work: the next trouble is a new one.
    mutating func settle() {
        troubleSince = nil
        backoff.reset()
    }

    private mutating func takeLogin(_ result: JSONObject, at now: Int) -> [ClientAction] {
        phase = .ready
        settle()
        if let token = result["token"]?.stringValue { self.token = token }
        if let epoch = result["epoch"]?.stringValue { self.epoch = epoch }
        if let reset = result["reset"]?["position"]?.intValue {
            position = reset
            arrived = min(arrived, reset)
        }
        let isResumed = wasLoggedIn
        wasLoggedIn = true
        // What was acknowledged on a connection that is gone may never have come.
        return [.event(.loggedIn(result, isResumed: isResumed))] + sayWhatArrived(at: now)
    }

    private mutating func takeLoginRefusal(_ refusal: Refusal, byToken: Bool, at now: Int) -> [ClientAction] {
        if refusal.isTransient {
            let since = troubleSince ?? now
            troubleSince = since
            if let patience = options.patience, now - since + (refusal.retryAfter ?? 0) >= patience {
                return stop(.refused(refusal))
            }
            loginAt = now + backoff.next(random: random(), atLeast: refusal.retryAfter ?? 0)
            return []
        }
        guard refusal.code == Wire.unauthorized else { return stop(.refused(refusal)) }
        if byToken {
            token = nil
            return [.event(.tokenRefused)] + logIn(at: now)
        }
        password = nil
        phase = .anonymous
        return [.event(.passwordNeeded(refusal))]
    }

    private mutating func takeResult(_ result: JSONValue, of request: Request, at now: Int) -> [ClientAction] {
        settle()
        learnPosition(of: result)
        switch request.method {
        case Wire.Method.logout, Wire.Method.deleteAccount:
            token = nil
            password = nil
            wantsLogin = false
            phase = .anonymous
        case Wire.Method.changePassword:
            password = request.params["new"]?.stringValue
        default:
            break
        }
        return [.event(.reply(tag: request.tag, result))]
    }

    /// What the server could not do just now is done later, and everything behind it waits, so that the order stays.
    private mutating func takeRefusal(_ refusal: Refusal, of request: Request, at now: Int) -> [ClientAction] {
        let isPatient = options.patience.map { now - request.submittedAt < $0 } ?? true
        guard refusal.isTransient, request.retry != .never, isPatient else {
            return [.event(.refused(tag: request.tag, refusal))]
        }
        holdUntil = max(holdUntil, now + backoff.next(random: random(), atLeast: refusal.retryAfter ?? 0))
        putBack([request])
        return []
    }

    private mutating func takePush(
        _ method: String, _ params: JSONObject, bytes: Int, at now: Int
    ) -> [ClientAction] {
        if isSkipping, method != Wire.Push.goAway { return [] }
        if let position = params["position"]?.intValue, take(position) { return [] }
        let event = ClientAction.event(.push(method, params, bytes: bytes))
        guard method == Wire.Push.goAway else { return [event] }
        switch params["reason"]?.stringValue {
        case Wire.Reason.replaced: return [event] + stop(.replaced)
        case Wire.Reason.revoked: return [event] + stop(.revoked)
        default:
            let wait = params["retryAfter"]?.intValue.map { Int(max(0, min($0, 3_600_000))) } ?? 0
            let reason = params["reason"]?.stringValue ?? "no reason given"
            return [event] + disconnected("the server closed the connection (\(reason))", at: now, retryAfter: wait)
        }
    }

    /// How many positions of own commands are remembered until the feed is past them.
    static let mostOwnPositions = 16_384

    private mutating func learnPosition(of result: JSONValue) {
        guard options.feed, let own = result["position"]?.intValue, own > since ?? 0 else { return }
        ownPositions.insert(own)
        if ownPositions.count > ClientMachine.mostOwnPositions, let lowest = ownPositions.min() {
            ownPositions.remove(lowest)
        }
    }

    /// Takes a push's position; whether it tells what this client did itself, before it had to connect again.
    private mutating func take(_ position: Int64) -> Bool {
        self.position = max(self.position ?? 0, position)
        let isOwn = ownPositions.contains(position)
        forgetOwnPositions()
        return isOwn
    }

    /// What lies at or below the place where the feed would go on is not shown again.
    mutating func forgetOwnPositions() {
        guard !ownPositions.isEmpty, let since else { return }
        ownPositions = ownPositions.filter { $0 > since }
    }

    private mutating func stop(_ reason: StopReason) -> [ClientAction] {
        var actions: [ClientAction] = [.disconnect] + takeBackRequests()
        let stranded = queue
        queue = []
        phase = .idle
        actions += stranded.map { .event(.unknown(tag: $0.tag)) }
        return actions + [.event(.stopped(reason))]
    }
}
