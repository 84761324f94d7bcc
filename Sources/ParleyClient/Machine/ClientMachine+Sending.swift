import JSONText

extension ClientMachine {
    mutating func send(_ what: Expected, _ method: String, _ params: JSONObject, at now: Int) -> ClientAction {
        lastId += 1
        expected[lastId] = what
        sentAt = now
        return .send(Wire.frame(id: lastId, method: method, params: .object(params)))
    }

    /// Logs in with what there is, the token first; asks for a password if there is nothing.
    mutating func logIn(at now: Int) -> [ClientAction] {
        loginAt = nil
        var params: JSONObject = [:]
        if let token {
            params["token"] = .string(token)
        } else if let password, let user = options.user {
            params["name"] = .string(user)
            params["password"] = .string(password)
        } else {
            phase = .anonymous
            return [.event(.passwordNeeded(nil))]
        }
        if options.feed {
            if let device = options.device { params["device"] = .string(device) }
            if let since {
                params["since"] = .integer(since)
                if let epoch { params["epoch"] = .string(epoch) }
            }
        } else {
            params["feed"] = false
        }
        phase = .loggingIn
        return [send(.login(byToken: token != nil), Wire.Method.login, params, at: now)]
    }

    /// Sends what may be sent, in the order of submission.
    mutating func pump(at now: Int) -> [ClientAction] {
        guard isConnected else { return [] }
        if wantsReread { return inFlight == 0 ? connectAgain(at: now) : [] }
        var bytes: [UInt8] = []
        var actions: [ClientAction] = []
        while now >= holdUntil, inFlight < options.window,
            let index = queue.firstIndex(where: { phase == .ready || !$0.needsLogin })
        {
            if let wait = allowance.take(at: now) {
                holdUntil = now + wait
                break
            }
            var request = queue.remove(at: index)
            request.attempts += 1
            lastId += 1
            let frame = Wire.frame(id: lastId, method: request.method, params: request.params)
            if frame.count - 1 > frameLimit {
                actions.append(.event(.refused(tag: request.tag, ClientMachine.tooLarge)))
                continue
            }
            expected[lastId] = .request(request)
            bytes += frame
        }
        if !bytes.isEmpty {
            sentAt = now
            actions.append(.send(bytes))
        }
        return actions
    }

    /// What the server would answer before it closes the connection; asking it would only lose the others in flight.
    static let tooLarge = Refusal(
        code: -32600, reason: Wire.Reason.frameTooLarge, message: "the request is longer than the server reads")

    /// Behind which position the feed goes on; nil where the server shall say it.
    var since: Int64? {
        guard options.resumesBehindAcknowledged else { return position }
        return arrived > 0 ? arrived : nil
    }

    /// Requests that wait for their answers.
    package var awaitsAnswers: Bool { inFlight > 0 }

    private var inFlight: Int {
        expected.values.count { if case .request = $0 { true } else { false } }
    }

    /// After a lost connection: what may be sent again waits in the order of submission, the rest is reported.
    mutating func takeBackRequests() -> [ClientAction] {
        let requests = expected.values.compactMap { what -> Request? in
            if case .request(let request) = what { request } else { nil }
        }
        expected = [:]
        let lost = requests.filter { $0.retry == .never }.sorted { $0.order < $1.order }
        putBack(requests.filter { $0.retry != .never })
        return lost.map { .event(.unknown(tag: $0.tag)) }
    }

    mutating func putBack(_ requests: [Request]) {
        queue = (queue + requests).sorted { $0.order < $1.order }
    }
}
