import JSONText

/// How a client behaves.
package struct ClientOptions: Sendable {
    /// Nobody is logged in without a name.
    package var user: String?
    package var device: String?
    /// Whether the session is shown the user's feed.
    package var feed = false
    /// How long the very first connection may take to come about, in milliseconds; nil for ever.
    package var firstPatience: Int? = 0
    /// How long a server may take connections without ever answering, in milliseconds; nil for ever.
    package var unansweredPatience: Int? = ClientOptions.unanswered
    /// How long a lost connection or a busy server is borne, in milliseconds; nil for ever.
    package var patience: Int? = 30_000
    /// Requests that may wait for their answers at the same time.
    package var window = 64
    /// Requests that may wait to be sent.
    package var queue = 1000

    /// After this a server that only takes connections is taken for something else: a port that speaks TLS, or a
    /// balancer without nodes.
    package static let unanswered = 10_000

    /// Whether the feed goes on behind what was acknowledged, after a lost connection. Otherwise behind what came.
    package var resumesBehindAcknowledged = false

    package init() {}
}

/// The client as a pure state machine: bytes, times and wishes in, actions out. It logs in, resumes, keeps commands
/// until they are answered and sends them again under their keys. Times are in milliseconds of a clock that never goes
/// back. Owned by one thread.
package struct ClientMachine {
    package enum Phase: Equatable {
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
    package enum Expected: Equatable {
        case hello(sentAt: Int)
        case login(byToken: Bool)
        case ping(sentAt: Int)
        case request(Request)
    }

    /// An idle connection shows a sign of life this often, in milliseconds, or three times in the server's patience.
    static let pingInterval = 30_000
    /// A server that is silent for so long after a sign of life is gone, in milliseconds.
    static let silence = 20_000

    package var options: ClientOptions
    package internal(set) var token: String?
    var password: String?
    package internal(set) var wantsLogin: Bool
    let random: () -> Double

    package internal(set) var phase: Phase = .idle
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
    /// The highest position that the server was told, on this connection, has arrived.
    var acknowledged: Int64 = 0
    /// The highest position that it is to be told of.
    var arrived: Int64 = 0
    /// Whether pushes of the feed are thrown away until it is read again.
    package internal(set) var isSkipping = false
    /// Whether the feed is to be read again as soon as no answer is awaited.
    var wantsReread = false
    /// Whether nothing is read just now, so that the server's silence means nothing.
    var isDeaf = false
    /// The last time that the server took to answer, in milliseconds.
    package internal(set) var latency: Int?
    /// The node that this connection leads to, as it calls itself.
    package internal(set) var node: String?

    /// `random` gives numbers from 0 to 1, for the jitter.
    package init(
        options: ClientOptions, token: String? = nil, password: String? = nil,
        since: (position: Int64, epoch: String?)? = nil, random: @escaping () -> Double
    ) {
        self.options = options
        self.token = token
        self.password = password
        self.random = random
        position = since?.position
        epoch = since?.epoch
        arrived = since?.position ?? 0
        wantsLogin = options.user != nil || token != nil
    }

    // MARK: What the world does

    package mutating func start(at now: Int) -> [ClientAction] {
        troubleSince = now
        phase = .connecting
        return [.connect]
    }

    package mutating func connected(at now: Int) -> [ClientAction] {
        framer = LineFramer()
        expected = [:]
        sentAt = now
        receivedAt = now
        pingedAt = nil
        acknowledged = 0
        isSkipping = false
        wantsReread = false
        holdUntil = 0
        wasConnected = true
        allowance.restart(at: now)
        phase = .anonymous
        var actions = [send(.hello(sentAt: now), Wire.Method.hello, [:], at: now)]
        if wantsLogin {
            actions += logIn(at: now)
        } else {
            actions += pump(at: now)
        }
        return actions
    }

    package mutating func received(_ bytes: [UInt8], at now: Int) -> [ClientAction] {
        receivedAt = now
        pingedAt = nil
        guard let frames = framer.take(bytes) else { return disconnected("the server does not speak lines", at: now) }
        var actions: [ClientAction] = []
        for frame in frames where isConnected {
            guard let value = try? JSONValue.parse(frame) else {
                return actions + disconnected("the server sent something that is no JSON", at: now)
            }
            for message in value.arrayValue ?? [value] { actions += take(message, bytes: frame.count, at: now) }
        }
        return actions + pump(at: now)
    }

    /// The connection ended or did not come about.
    package mutating func disconnected(_ reason: String, at now: Int, retryAfter: Int = 0) -> [ClientAction] {
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
    package mutating func tick(at now: Int) -> [ClientAction] {
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
        let isSilent = pingedAt.map { now - $0 >= ClientMachine.silence } ?? false
        if isSilent || answerDue.map({ now >= $0 }) ?? false, !isDeaf {
            return disconnected("the server does not answer", at: now)
        }
        if let at = loginAt, now >= at { return logIn(at: now) }
        var actions = pump(at: now)
        if isDeaf {
            guard now - sentAt >= pingEvery else { return actions }
            sentAt = now
            actions.append(.send(Wire.frame(id: nil, method: Wire.Method.ping, params: [:])))
        } else if pingedAt == nil, now - min(sentAt, receivedAt) >= pingEvery {
            pingedAt = now
            actions.append(send(.ping(sentAt: now), Wire.Method.ping, [:], at: now))
        }
        return actions
    }

    /// When ``tick(at:)`` wants to be called next.
    package func nextTick(at now: Int) -> Int? {
        switch phase {
        case .idle, .connecting:
            return nil
        case .waiting(let until):
            return until
        case .loggingIn, .anonymous, .ready:
            var next = pingedAt.map { $0 + ClientMachine.silence } ?? min(sentAt, receivedAt) + pingEvery
            if isDeaf { next = sentAt + pingEvery }
            if let loginAt { next = min(next, loginAt) }
            if let answerDue, !isDeaf { next = min(next, answerDue) }
            if holdUntil > now, !queue.isEmpty { next = min(next, holdUntil) }
            return next
        }
    }

    // MARK: What the user wants

    /// Takes a request, to be sent as soon as may be; nil if too many wait already.
    package mutating func submit(_ request: Request, at now: Int) -> [ClientAction]? {
        guard queue.count < options.queue else { return nil }
        var request = request
        lastOrder += 1
        request.order = lastOrder
        request.submittedAt = now
        queue.append(request)
        return pump(at: now)
    }

    /// Logs in (anew, perhaps as somebody else) as soon as there is a connection.
    package mutating func logIn(as user: String?, token: String?, password: String?, at now: Int) -> [ClientAction] {
        if user != options.user {
            position = nil
            acknowledged = 0
            arrived = 0
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

    var isConnected: Bool {
        switch phase {
        case .loggingIn, .anonymous, .ready: true
        case .idle, .connecting, .waiting: false
        }
    }

    /// Whether requests wait to be sent or answered.
    package var isBusy: Bool { !queue.isEmpty || awaitsAnswers }
}
