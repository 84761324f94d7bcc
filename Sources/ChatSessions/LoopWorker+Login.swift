import ChatApplication
import ChatDomain
import JSONText
import Reactor
import Telemetry
import WireProtocol

/// `login`, `logout`, and the ends of sessions.
extension LoopWorker {
    private struct Proof: Sendable {
        var user: UserID
        var proof: OpenSession.Proof
        var token: String
    }

    /// Entries of each list in the result of `login`.
    private static let listLimit = 200

    func login(_ call: Call) async throws -> JSONValue {
        let connection = call.connection
        let wanted = try LoginParameters(call.parameters)
        guard connection.session == nil else { throw Refusal.alreadyLoggedIn }
        let proof = try await proof(wanted.credentials, connection)
        await loginGate.enter()
        defer { loginGate.leave() }
        guard connections[connection.id] != nil, services.takesLogins() else { throw Refusal.unavailable }
        let begin = try await beginning(wanted)
        let open = OpenSession(
            user: proof.user, proof: proof.proof, session: services.credentials.newSession(), device: wanted.device,
            feed: wanted.feed, since: begin.since, node: services.node, term: services.term(),
            address: connection.address)
        let cause = Cause(actor: proof.user, session: open.session, device: wanted.feed ? wanted.device : nil)
        let outcome = await run(CommandRequest(cause: cause) { _ in .openSession(open) }, connection)
        // From here to the session's registration nothing waits, so that whatever ends it finds it.
        let session = try opened(open, outcome, connection)
        call.opened = session
        return try await welcome(session, proof.token, reset: begin.reset, call)
    }

    /// The session that a login opened, registered on its connection.
    private func opened(
        _ open: OpenSession, _ outcome: CommandOutcome, _ connection: Connection
    ) throws -> Session {
        if case .unknown = outcome { close(SessionEnd(open, chain: connection.id)) }
        if case .refused(.badToken) = outcome { throw badToken(connection, of: open.user) }
        _ = try result(of: outcome, connection) { _, _ in .null }
        guard case .done(.opened(_, let device), let receipt, _) = outcome, let position = receipt.position else {
            throw RPCError.internal(reference: "login")
        }
        let session = Session(
            user: open.user, id: open.session, device: device, openedAt: position, since: open.since)
        guard connections[connection.id] != nil else {
            close(SessionEnd(session, chain: connection.id))
            throw Refusal.unavailable
        }
        guard services.term() == open.term else {
            // The node was declared lost meanwhile, and this session with it.
            connection.abandon()
            throw Refusal.unavailable
        }
        let wasEnded = ring.items(after: position).contains { [node = services.node] in $0.ends(session, on: node) }
        guard !wasEnded else {
            // What ended it was heard of before the login's own answer.
            connection.abandon()
            throw Refusal.unavailable
        }
        begin(session, on: connection)
        return session
    }

    /// Shows the new session what it needs to begin with. If that cannot be read the connection is closed without an
    /// answer: the login is in the log, and a 503 would deny it.
    private func welcome(
        _ session: Session, _ token: String, reset: Position?, _ call: Call
    ) async throws -> JSONValue {
        do {
            var greeting = try await greeting(session, token, call)
            if let reset { greeting["reset"] = ["position": .integer(reset.value)] }
            return .object(greeting)
        } catch {
            services.logger.warning("a login could not be answered", [.session: session.id, .error: "\(error)"])
            call.opened = nil
            call.connection.abandon()
            throw error
        }
    }

    private func greeting(_ session: Session, _ token: String, _ call: Call) async throws -> JSONObject {
        let position = session.openedAt
        if session.device != nil {
            let contacts = try await services.reads.contacts(
                of: session.user, blocks: StandingBlocks.limit + 1, atLeast: max(position, ring.end))
            watch(contacts.friends, call.connection, session)
            session.blocks.load(contacts.blocks)
        }
        // The list must know what the loop has been told already: later comings and goings are pushed.
        let friends = try await services.reads.friends(
            of: session.user, after: nil, limit: Self.listLimit, atLeast: max(position, ring.end))
        let groups = try await services.reads.groups(
            of: session.user, after: nil, limit: Self.listLimit, atLeast: position)
        try await directory.fetch(users: [session.user], groups: [])
        var result: JSONObject = [
            "user": directory.user(session.user).json, "session": .string(session.id.value),
            "device": session.device.map { .string($0) } ?? .null, "token": .string(token),
            "epoch": .string(try await services.log.epoch()), "position": .integer(position.value),
        ]
        for (name, list) in lists(friends, groups, budget: call.budget) { result[name] = list }
        return result
    }

    private func lists(_ friends: FriendsPage, _ groups: GroupsPage, budget: Int) -> [(String, JSONValue)] {
        let share = (budget - 2_048) / 4
        let people = fitting(friends.friends.map(friend), into: share)
        let requests = fitting(friends.requests.map(\.json), into: share)
        let memberships = fitting(groups.groups.map(\.json), into: share)
        let invitations = fitting(groups.invitations.map(invitation), into: share)
        var lists: [(String, JSONValue)] = [
            ("friends", .array(people.entries)), ("requests", .array(requests.entries)),
            ("groups", .array(memberships.entries)), ("invitations", .array(invitations.entries)),
        ]
        let isCut = people.isCut || requests.isCut || memberships.isCut || invitations.isCut
        if isCut || friends.more || groups.more { lists.append(("more", true)) }
        return lists
    }

    /// Where the feed begins if the client says so, and, if its position was learnt in another life of the log, above
    /// which position what it holds never happened.
    private func beginning(_ wanted: LoginParameters) async throws -> (since: Position?, reset: Position?) {
        guard let since = wanted.since else { return (nil, nil) }
        if let epoch = wanted.epoch {
            guard let shared = try await services.log.shared(with: epoch) else { return (.start, .start) }
            if since > shared { return (shared, shared) }
        }
        return (min(since, try await services.log.head()), nil)
    }

    private func begin(_ session: Session, on connection: Connection) {
        connection.session = session
        sessionsByUser[session.user, default: []].insert(connection.id)
        services.metrics.sessions.add()
        services.logger.info(
            "a session began",
            [.user: session.user, .session: session.id, .connection: connection.id, .position: session.openedAt])
    }

    // MARK: who it is

    private func proof(_ credentials: LoginParameters.Credentials, _ connection: Connection) async throws -> Proof {
        switch credentials {
        case .token(let token):
            guard let read = services.credentials.read(token: token) else { throw badToken(connection, of: nil) }
            return Proof(user: read.user, proof: .token(digest: read.digest), token: token)
        case .password(let reference, let password):
            return try await passwordProof(reference, password, connection)
        }
    }

    /// A token that is not good counts for its address; beyond the limit it is not even said that it is not. One that
    /// is good is never held up.
    private func badToken(_ connection: Connection, of user: UserID?) -> any Error {
        let address = connection.address
        let wait = limits.tokenFailed(address: address, now: services.clock.now())
        let outcome = wait == nil ? LoginOutcome.badToken : .rateLimited
        if let user {
            Task(executorPreference: loop) { await self.note(outcome, toTokenOf: user, address: address) }
        } else {
            note(outcome, user: nil, address: address)
        }
        return wait.map { RPCError.refusal(.rateLimited, retryAfter: $0) } ?? Refusal.badToken
    }

    private func passwordProof(
        _ reference: UserReference, _ password: String, _ connection: Connection
    ) async throws -> Proof {
        let address = connection.address
        let found = try await account(reference)
        do {
            try await fits(password, found.hash, account: found.label, address: address)
        } catch {
            if let outcome = LoginOutcome(error) {
                note(outcome, user: found.hash == nil ? nil : found.user, address: address)
            }
            throw error
        }
        guard let user = found.user, let hash = found.hash else { throw Refusal.badCredentials }
        let token = services.credentials.newToken(of: user)
        return Proof(
            user: user, proof: .password(fits: hash, newTokenDigest: token.digest), token: token.token)
    }

    /// Whom a reference means, and under which label the failures for that account are counted: a number and a name
    /// of one account are one.
    private func account(_ reference: UserReference) async throws -> (user: UserID?, hash: String?, label: String) {
        switch reference {
        case .id(let user): return (user, try await account(user)?.passwordHash, "#\(user)")
        case .name(let name):
            let digest = services.credentials.digest(ofName: name)
            guard let user = try await owner(ofNameDigest: digest) else { return (nil, nil, digest) }
            return (user, try await account(user)?.passwordHash, "#\(user)")
        }
    }

    /// Throws unless the password is the one; failures are counted, and too many refused.
    func fits(_ password: String, _ hash: String?, account: String, address: String) async throws {
        try refuseIfLimited(account, address)
        let network = ClientNetwork.name(of: address)
        let fits = try await services.passwords.verify(password, against: hash, from: network)
        // Many may have been tried at the same time: none of them counts as tried before the limit was reached.
        try refuseIfLimited(account, address)
        guard fits else {
            limits.loginFailed(account: account, address: address, now: services.clock.now())
            throw Refusal.badCredentials
        }
    }

    private func refuseIfLimited(_ account: String, _ address: String) throws {
        guard let wait = limits.loginWait(account: account, address: address, now: services.clock.now()) else { return }
        throw RPCError.refusal(.rateLimited, retryAfter: wait)
    }

    // MARK: what came to nothing

    /// Counts it for the log. The user has an account; nil otherwise.
    private func note(_ outcome: LoginOutcome, user: UserID?, address: String) {
        services.refusals.add(user: user, address: address, outcome, now: services.clock.now())
    }

    /// A token names whom it is to log in, but anybody can write a number down: only who has an account counts.
    private func note(_ outcome: LoginOutcome, toTokenOf user: UserID, address: String) async {
        let isKnown = (try? await account(user)) != nil
        note(outcome, user: isKnown ? user : nil, address: address)
    }

    // MARK: the end

    func logout(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let connection = call.connection
        await flushAcknowledgements()
        let command = CloseSession(
            user: session.user, session: session.id, reason: .logout, isLoose: session.device == nil)
        let cause = Cause(actor: session.user, session: session.id, device: session.device)
        let outcome = await run(CommandRequest(cause: cause) { _ in .closeSession(command) }, connection)
        let value = try result(of: outcome, connection) { _, _ in [:] }
        detach(connection)
        if connection.session === session { forgetSession(of: connection) }
        return value
    }

    func forgetSession(of connection: Connection) {
        guard let session = connection.session else { return }
        connection.session = nil
        connection.loggedOutAt = services.clock.now()
        sessionsByUser[session.user]?.remove(connection.id)
        if sessionsByUser[session.user]?.isEmpty == true { sessionsByUser[session.user] = nil }
        services.metrics.sessions.add(-1)
    }

    /// The connection is gone: its session ends, however long the log takes to hear of it.
    func endSession(of connection: Connection) {
        guard let session = connection.session else { return }
        detach(connection)
        forgetSession(of: connection)
        close(SessionEnd(session, chain: connection.id))
    }

    /// A user whose session is not closed would stay online: it is tried until it is said, or the node's own end
    /// says it.
    private func close(_ end: SessionEnd) {
        let command = CloseSession(
            user: end.user, session: end.session, reason: .disconnected, isLoose: end.device == nil)
        let cause = Cause(actor: end.user, session: end.session, device: end.device)
        let term = services.term()
        services.submit(CommandRequest(cause: cause) { _ in .closeSession(command) }, end.chain) {
            [loop, services] outcome in
            if outcome.isUnavailable { services.told(end.chain) }
            guard outcome.isUnsettled, services.term() == term else { return }
            loop.execute {
                _ = loop.timer(after: .seconds(1)) { self.assumeIsolated { $0.close(end) } }
            }
        }
    }
}

/// A session that is over, until the log has heard of it.
private struct SessionEnd: Sendable {
    var user: UserID
    var session: SessionID
    var device: String?
    var chain: Int

    init(_ session: Session, chain: Int) {
        user = session.user
        self.session = session.id
        device = session.device
        self.chain = chain
    }

    init(_ open: OpenSession, chain: Int) {
        user = open.user
        session = open.session
        device = open.feed ? open.device : nil
        self.chain = chain
    }
}

extension LoginOutcome {
    /// What a login was refused for; nil if it could not be looked at.
    fileprivate init?(_ error: any Error) {
        switch error {
        case Refusal.badCredentials: self = .badCredentials
        case Refusal.rateLimited: self = .rateLimited
        case let error as RPCError where error.code == Refusal.rateLimited.code: self = .rateLimited
        default: return nil
        }
    }
}

extension CommandOutcome {
    /// Whether the command may have to be given again.
    fileprivate var isUnsettled: Bool {
        switch self {
        case .unavailable, .unknown: true
        case .done, .refused: false
        }
    }
}

/// What `login` was given.
private struct LoginParameters {
    enum Credentials {
        case token(String)
        case password(UserReference, String)
    }

    var credentials: Credentials
    var device: String
    var feed: Bool
    var since: Position?
    var epoch: String?

    init(_ parameters: Parameters) throws(RPCError) {
        if parameters.has("token") {
            credentials = .token(try parameters.string("token"))
        } else if parameters.has("user") {
            credentials = .password(try parameters.user("user"), try parameters.string("password"))
        } else {
            credentials = .password(.name(try parameters.string("name")), try parameters.string("password"))
        }
        device = try parameters.optionalString("device", where: TextRules.isDeviceName) ?? "default"
        feed = try parameters.bool("feed", default: true)
        since = try parameters.optionalInteger("since", in: 0...Int64.max).map { Position($0) }
        epoch = try parameters.optionalString("epoch")
    }
}
