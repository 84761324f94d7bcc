import JSONText

/// How a client behaves.
struct ClientOptions {
    /// Nobody is logged in without a name.
    var user: String?
    var device: String?
    /// Whether the session is shown the user's feed.
    var feed = false
    /// How long the very first connection may take to come about, in milliseconds; nil for ever.
    var firstPatience: Int? = 0
    /// How long a server may take connections without ever answering, in milliseconds; nil for ever.
    var unansweredPatience: Int? = ClientOptions.unanswered
    /// How long a lost connection or a busy server is borne, in milliseconds; nil for ever.
    var patience: Int? = 30_000
    /// Requests that may wait for their answers at the same time.
    var window = 64
    /// Requests that may wait to be sent.
    var queue = 1000

    /// After this a server that only takes connections is taken for something else: a port that speaks TLS, or a
    /// balancer without nodes.
    static let unanswered = 10_000
}

/// The client as a pure state machine: bytes, times and wishes in, actions out. It logs in, resumes, keeps commands
/// until they are answered and sends them again under their keys. Times are in milliseconds of a clock that never goes
/// back. Owned by one thread.
struct ClientMachine {
    enum Phase: Equatable {
        /// Not started, or stopped.
        case idle
        case connecting
        /// Connected; the answer to `login` is awaited.
        case loggingIn
        /// Connected; the password is awaited from the user, or nobody wants to log in.
        case anonymous
        /// Connected and logged in.
        case ready
        /// Not connected until then.
        case waiting(until: Int)
    }

    /// What an identifier on the wire stands for.
    enum Expected: Equatable {
        case hello
        case login(byToken: Bool)
        case ping
        case request(Request)
    }

    /// An idle connection shows a sign of life this often, in milliseconds, or three times in the server's patience.
    static let pingInterval = 30_000
    /// A server that is silent for so long after a sign of life is gone, in milliseconds.
    static let silence = 20_000

    var options: ClientOptions
    var token: String?
    var password: String?
    var wantsLogin: Bool
    let random: () -> Double

    var phase: Phase = .idle
    var framer = LineFramer()
    var lastId = 0
    var lastOrder = 0
    var expected: [Int: Expected] = [:]
    var queue: [Request] = []
    var backoff = Backoff()
    var allowance = SendAllowance()
    var frameLimit = 65_536
    var pingEvery = ClientMachine.pingInterval
    var holdUntil = 0
    var loginAt: Int?
    var sentAt = 0
    var receivedAt = 0
    /// When the sign of life was sent that nothing has answered yet.
    var pingedAt: Int?
    var troubleSince: Int?
    var wasLoggedIn = false
    var wasConnected = false
    var wasAnswered = false
    var epoch: String?
    /// The highest position pushed.
    var position: Int64?
    /// Above `position`: what this client's own commands caused, which only another session of the user is shown.
    var ownPositions: Set<Int64> = []
    /// The highest position that the server was told has arrived.
    var acknowledged: Int64 = 0

    /// `random` gives numbers from 0 to 1, for the jitter.
    init(options: ClientOptions, token: String? = nil, password: String? = nil, random: @escaping () -> Double) {
        self.options = options
        self.token = token
        self.password = password
        self.random = random
        wantsLogin = options.user != nil
    }

    // MARK: What the world does

    mutating func start(at now: Int) -> [ClientAction] {
        troubleSince = now
        phase = .connecting
        return [.connect]
    }

    mutating func connected(at now: Int) -> [ClientAction] {
        framer = LineFramer()
        expected = [:]
        sentAt = now
        receivedAt = now
        pingedAt = nil
        holdUntil = 0
        wasConnected = true
        allowance.restart(at: now)
        phase = .anonymous
        var actions = [send(.hello, Wire.Method.hello, [:], at: now)]
        if wantsLogin {
            actions += logIn(at: now)
        } else {
            actions += pump(at: now)
        }
        return actions
    }

    mutating func received(_ bytes: [UInt8], at now: Int) -> [ClientAction] {
        receivedAt = now
        pingedAt = nil
        guard let frames = framer.take(bytes) else { return disconnected("the server does not speak lines", at: now) }
        var actions: [ClientAction] = []
        for frame in frames where isConnected {
            guard let value = try? JSONValue.parse(frame) else {
                return actions + disconnected("the server sent something that is no JSON", at: now)
            }
            for message in value.arrayValue ?? [value] { actions += take(message, at: now) }
        }
        return actions + pump(at: now)
    }

    /// The connection ended or did not come about.
    mutating func disconnected(_ reason: String, at now: Int, retryAfter: Int = 0) -> [ClientAction] {
        guard phase != .idle else { return [] }
        var actions: [ClientAction] = [.disconnect]
        actions += takeBackRequests()
        let since = troubleSince ?? now
        troubleSince = since
        if let patience, now - since >= patience {
            phase = .idle
            return actions + [.event(.stopped(.unreachable(reason)))]
        }
        var wait = backoff.next(random: random(), atLeast: retryAfter)
        // The last attempt comes when patience ends, and not long after.
        if let patience { wait = max(retryAfter, min(wait, since + patience - now)) }
        phase = .waiting(until: now + wait)
        loginAt = nil
        return actions + [.event(.lost(reason, retryIn: wait))]
    }

    /// How long trouble is borne now, in milliseconds.
    private var patience: Int? {
        if wasAnswered { return options.patience }
        guard wasConnected else { return options.firstPatience }
        return [options.unansweredPatience, options.patience].compactMap { $0 }.min()
    }

    /// Until when a server that has never answered may still do so, however little patience there is for another try.
    private var answerDue: Int? {
        guard !wasAnswered, let limit = options.unansweredPatience, let troubleSince else { return nil }
        return troubleSince + limit
    }

    /// Time passes.
    mutating func tick(at now: Int) -> [ClientAction] {
        switch phase {
        case .idle, .connecting:
            return []
        case .waiting(let until):
            guard now >= until else { return [] }
            phase = .connecting
            return [.connect]
        case .loggingIn, .anonymous, .ready:
            return tickConnected(at: now)
        }
    }

    private mutating func tickConnected(at now: Int) -> [ClientAction] {
        if pingedAt.map({ now - $0 >= ClientMachine.silence }) ?? false || answerDue.map({ now >= $0 }) ?? false {
            return disconnected("the server does not answer", at: now)
        }
        if let at = loginAt, now >= at { return logIn(at: now) }
        var actions = pump(at: now)
        if pingedAt == nil, now - min(sentAt, receivedAt) >= pingEvery {
            pingedAt = now
            actions.append(send(.ping, Wire.Method.ping, [:], at: now))
        }
        return actions
    }

    /// When ``tick(at:)`` wants to be called next.
    func nextTick(at now: Int) -> Int? {
        switch phase {
        case .idle, .connecting:
            return nil
        case .waiting(let until):
            return until
        case .loggingIn, .anonymous, .ready:
            var next = pingedAt.map { $0 + ClientMachine.silence } ?? min(sentAt, receivedAt) + pingEvery
            if let loginAt { next = min(next, loginAt) }
            if let answerDue { next = min(next, answerDue) }
            if holdUntil > now, !queue.isEmpty { next = min(next, holdUntil) }
            return next
        }
    }

    // MARK: What the user wants

    /// Takes a request, to be sent as soon as may be; nil if too many wait already.
    mutating func submit(_ request: Request, at now: Int) -> [ClientAction]? {
        guard queue.count < options.queue else { return nil }
        var request = request
        lastOrder += 1
        request.order = lastOrder
        request.submittedAt = now
        queue.append(request)
        return pump(at: now)
    }

    /// Logs in (anew, perhaps as somebody else) as soon as there is a connection.
    mutating func logIn(as user: String, token: String?, password: String?, at now: Int) -> [ClientAction] {
        if user != options.user {
            position = nil
            acknowledged = 0
            ownPositions = []
            wasLoggedIn = false
        }
        options.user = user
        self.token = token
        self.password = password
        wantsLogin = true
        switch phase {
        case .idle: return start(at: now)
        case .anonymous: return logIn(at: now)
        default: return []
        }
    }

    /// Tells the server that what was pushed up to this position has arrived. A notification: logged within a second.
    mutating func acknowledge(upTo position: Int64, at now: Int) -> [ClientAction] {
        guard phase == .ready, position > acknowledged else { return [] }
        acknowledged = position
        sentAt = now
        return [.send(Wire.frame(id: nil, method: Wire.Method.ack, params: ["position": .integer(position)]))]
    }

    var isConnected: Bool {
        switch phase {
        case .loggingIn, .anonymous, .ready: true
        case .idle, .connecting, .waiting: false
        }
    }

    /// Whether requests wait to be sent or answered.
    var isBusy: Bool {
        !queue.isEmpty || expected.values.contains { if case .request = $0 { true } else { false } }
    }
}
