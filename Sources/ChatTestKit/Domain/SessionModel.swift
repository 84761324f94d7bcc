import ChatDomain

/// Sessions, tokens and devices as plain facts. It does not know the bound on sessions without a device: whoever
/// compares with it keeps below.
struct SessionModel: Sendable {
    struct Session: Sendable {
        var user: UserID
        var device: String?
        var token: String
    }

    struct Token: Sendable {
        var user: UserID
        var device: String?
        var usedAt: Int64
    }

    /// The open sessions.
    var open: [SessionID: Session] = [:]
    /// The good tokens.
    var tokens: [String: Token] = [:]
    /// The devices of each user, the one longest unused first.
    var devices: [UserID: [String]] = [:]

    mutating func open(
        _ command: OpenSession, password: String?, isKnown: Bool, limits: DomainLimits, at now: Int64
    ) throws(Refusal) -> CommandResult {
        var device = command.feed ? command.device : nil
        let digest: String
        switch command.proof {
        case .password(let hash, let fresh):
            guard isKnown, hash == password else { throw .badCredentials }
            if let device { endTokens(of: command.user, device) }
            digest = fresh
        case .token(let known):
            guard isKnown, let token = tokens[known], token.user == command.user,
                now - token.usedAt < limits.tokenLifetime * 1_000_000
            else { throw .badToken }
            if command.feed { device = token.device ?? command.device }
            digest = known
        }
        if let device { takeOver(command.user, device, limit: limits.userDevices, token: digest) }
        let owner = device ?? tokens[digest]?.device
        tokens[digest] = Token(user: command.user, device: owner, usedAt: now)
        if let owner { touch(command.user, owner) }
        open[command.session] = Session(user: command.user, device: device, token: digest)
        return .opened(user: command.user, device: device)
    }

    mutating func close(_ command: CloseSession, at now: Int64) -> CommandResult {
        guard let session = open[command.session], session.user == command.user else { return .done }
        open[command.session] = nil
        if let device = session.device { touch(command.user, device) }
        guard let token = tokens[session.token] else { return .done }
        if command.reason == .logout {
            tokens[session.token] = nil
        } else {
            tokens[session.token]?.usedAt = now
            if let device = token.device { touch(command.user, device) }
        }
        return .done
    }

    mutating func end(_ session: SessionID, of user: UserID) throws(Refusal) -> CommandResult {
        guard let found = open[session], found.user == user else { throw .noSuchSession }
        open[session] = nil
        tokens[found.token] = nil
        if let device = found.device { touch(user, device) }
        return .done
    }

    mutating func endDevice(_ device: String, of user: UserID) throws(Refusal) -> CommandResult {
        guard devices[user]?.contains(device) == true else { throw .noSuchSession }
        endSessions(of: user, device)
        endTokens(of: user, device)
        devices[user]?.removeAll { $0 == device }
        return .done
    }

    /// All sessions and tokens end but those of one open session.
    mutating func endAll(of user: UserID, but session: SessionID?) {
        let kept = session.flatMap { open[$0] }.flatMap { $0.user == user ? $0 : nil }
        open = open.filter { $0.value.user != user || (kept != nil && $0.key == session) }
        tokens = tokens.filter { $0.value.user != user || $0.key == kept?.token }
    }

    /// The session that was on the device ends, its former token loses the device, and a device may have to go.
    private mutating func takeOver(_ user: UserID, _ device: String, limit: Int, token: String) {
        endSessions(of: user, device)
        for (digest, other) in tokens where other.user == user && other.device == device && digest != token {
            tokens[digest]?.device = nil
        }
        var known = devices[user] ?? []
        if !known.contains(device), known.count >= limit {
            let used = Set(open.values.filter { $0.user == user }.compactMap(\.device))
            let forgotten = known.first { !used.contains($0) } ?? known[0]
            known.removeAll { $0 == forgotten }
            endSessions(of: user, forgotten)
            endTokens(of: user, forgotten)
        }
        devices[user] = known
    }

    private mutating func endSessions(of user: UserID, _ device: String) {
        open = open.filter { !($0.value.user == user && $0.value.device == device) }
    }

    private mutating func endTokens(of user: UserID, _ device: String) {
        tokens = tokens.filter { !($0.value.user == user && $0.value.device == device) }
    }

    private mutating func touch(_ user: UserID, _ device: String) {
        devices[user, default: []].removeAll { $0 == device }
        devices[user, default: []].append(device)
    }
}
