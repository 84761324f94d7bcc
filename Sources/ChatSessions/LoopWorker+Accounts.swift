import ChatApplication
import ChatDomain
import JSONText
import WireProtocol

/// `hello`, `rpc.discover`, `register`, `whoami`, `finduser`.
extension LoopWorker {
    func hello() -> JSONValue {
        var limits: JSONObject = [:]
        for (name, key) in SessionSettings.names { limits[name] = .integer(Int64(settings[keyPath: key])) }
        return [
            "server": "parley", "version": .string(services.version), "protocol": 1,
            "node": .string(services.node.value), "limits": .object(limits),
        ]
    }

    /// A document cannot end early: where a batch has no room for it, it has to be asked for again.
    func discover(_ call: Call) throws -> JSONValue {
        guard description.bytes <= call.budget else { throw RPCError.refusal(.rateLimited, retryAfter: 0) }
        return description.document
    }

    func whoami(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        try await directory.fetch(users: [session.user], groups: [])
        return [
            "user": directory.user(session.user).json, "session": .string(session.id.value),
            "device": session.device.map { .string($0) } ?? .null, "node": .string(services.node.value),
        ]
    }

    func findUser(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let query = try call.parameters.string("query")
        let limit = try call.parameters.limit(default: 50, maximum: 50)
        let users = try await services.reads.findUsers(
            foldedPrefix: services.credentials.folded(query), limit: limit, atLeast: session.told)
        return ["users": .array(users.map(\.json))]
    }

    func register(_ call: Call) async throws -> JSONValue {
        let parameters = call.parameters
        let name = services.credentials.normalized(try parameters.string("name"))
        guard TextRules.isUserName(name) else { throw RPCError.invalidParameter("name") }
        let password = try parameters.string("password", where: TextRules.isPassword)
        let key = try parameters.optionalString("key", where: TextRules.isKey)
        if let wait = limits.register(address: call.connection.address, now: services.clock.now()) {
            throw RPCError.refusal(.rateLimited, retryAfter: wait)
        }
        let digest = services.credentials.digest(ofName: name)
        var clientKey: ClientKey?
        let holder = try await holder(ofNameDigest: digest)
        if let owner = holder.owner {
            // Only who knows the password may learn that the same key was carried out before.
            guard key != nil else { throw Refusal.nameTaken }
            try await provesFirstRun(password, of: owner, call.connection)
        }
        if let key { clientKey = services.credentials.key(key, nameDigest: digest, life: holder.life) }
        let address = call.connection.address
        let register = Register(
            user: try await services.identifiers.nextUser(), name: name, nameDigest: digest,
            passwordHash: try await services.passwords.hash(password, from: ClientNetwork.name(of: address)),
            address: address)
        let outcome = await run(
            CommandRequest(cause: Cause(reference: key), key: clientKey) { _ in .register(register) }, call.connection)
        return try result(of: outcome, call.connection) { result, _ in
            guard case .registered(let user, let name) = result else { throw RPCError.internal(reference: "register") }
            return ["user": WireUser(id: user, name: name).json]
        }
    }

    /// Throws unless the password is the account's. To guess it here counts like guessing it at `login`.
    private func provesFirstRun(_ password: String, of owner: UserID, _ connection: Connection) async throws {
        do {
            let hash = try await account(owner)?.passwordHash
            try await fits(password, hash, account: "#\(owner)", address: connection.address)
        } catch Refusal.badCredentials {
            throw Refusal.nameTaken
        }
    }

    /// Submits a command of a connection and waits for it.
    func run(_ request: CommandRequest, _ connection: Connection) async -> CommandOutcome {
        let outcome = await withCheckedContinuation { continuation in
            services.submit(request, connection.id) { continuation.resume(returning: $0) }
        }
        // Nothing else of the connection is carried out meanwhile.
        if outcome.isUnavailable { services.told(connection.id) }
        return outcome
    }

    /// Who holds a name, by the log's own state; nil if nobody.
    func owner(ofNameDigest digest: String) async throws(EventLogError) -> UserID? {
        try await holder(ofNameDigest: digest).owner
    }

    /// The same, and how often the name has become free again: a key that was used for it before counts no longer.
    private func holder(ofNameDigest digest: String) async throws(EventLogError) -> (owner: UserID?, life: Int64) {
        let head = try await services.log.heads(of: [.name(digest: digest)]).first
        // Registrations and deletions take turns in moving it.
        guard let head, case .name(let name)? = head.decodedState else { return (nil, 0) }
        return (name.owner, head.version / 2)
    }

    /// A user's account, by the log's own state; nil if there is none or it is deleted.
    func account(_ user: UserID) async throws(EventLogError) -> AccountState? {
        guard case .account(let account)? = try await state(of: .account(user)), account.isActive else { return nil }
        return account
    }

    private func state(of stream: StreamName) async throws(EventLogError) -> StreamState? {
        try await services.log.heads(of: [stream]).first?.decodedState
    }

    /// The plan that finds out whom a reference means, so that the finding is guarded too.
    func resolving(
        _ reference: UserReference, _ make: @escaping @Sendable (UserID) -> Command
    ) -> @Sendable (inout StateReader) throws(DecisionStop) -> Command {
        switch reference {
        case .id(let user): return { (_) throws(DecisionStop) in make(user) }
        case .name(let name):
            let digest = services.credentials.digest(ofName: name)
            return { (reader) throws(DecisionStop) in
                guard case .name(let state)? = try reader.state(.name(digest: digest)), let owner = state.owner else {
                    throw .refused(.noSuchUser)
                }
                return make(owner)
            }
        }
    }

    /// The cause and the key that the commands of a session have in common.
    func request(
        _ call: Call, plan: @escaping @Sendable (inout StateReader) throws(DecisionStop) -> Command
    ) throws -> CommandRequest {
        let session = try call.session()
        let key = try call.parameters.optionalString("key", where: TextRules.isKey)
        let cause = Cause(actor: session.user, session: session.id, device: session.device, reference: key)
        return CommandRequest(
            cause: cause, key: key.map { services.credentials.key($0, of: session.user) }, plan: plan)
    }
}
