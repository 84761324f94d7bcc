import ChatApplication
import ChatDomain
import JSONText
import WireProtocol

/// `changepassword` and `deleteaccount`: what asks for the password of somebody who is logged in.
extension LoopWorker {
    func changePassword(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let old = try call.parameters.string("old")
        let new = try call.parameters.string("new", where: TextRules.isPassword)
        let key = try call.parameters.optionalString("key", where: TextRules.isKey)
        guard let hash = try await account(session.user)?.passwordHash else { throw Refusal.notLoggedIn }
        let command = try await change(old, new, hash, mayBeRetry: key != nil, session, call.connection)
        var cause = try cause(call)
        cause.reference = key
        let clientKey = key.map { services.credentials.key($0, of: session.user) }
        let outcome = await run(CommandRequest(cause: cause, key: clientKey) { _ in command }, call.connection)
        if case .done(_, _, duplicate: true) = outcome {
            try await confirmFirstRun(new, session.user, call.connection)
        }
        return try result(of: outcome, call.connection) { _, _ in [:] }
    }

    /// A retry of a change that was carried out has the former password, which is wrong now: only the log can tell it
    /// from a wrong password.
    private func change(
        _ old: String, _ new: String, _ hash: String, mayBeRetry: Bool, _ session: Session, _ connection: Connection
    ) async throws -> Command {
        do {
            try await fits(old, hash, account: "#\(session.user)", address: connection.address)
        } catch Refusal.badCredentials where mayBeRetry {
            return .changePassword(ChangePassword(fits: nil, newHash: "", session: session.id))
        }
        let newHash = try await services.passwords.hash(new, from: ClientNetwork.name(of: connection.address))
        return .changePassword(ChangePassword(fits: hash, newHash: newHash, session: session.id))
    }

    /// The log keeps nothing of a password, so it cannot tell a retry from a key that is used again: it is one if the
    /// new password is the account's.
    private func confirmFirstRun(_ new: String, _ user: UserID, _ connection: Connection) async throws {
        let hash = try await account(user)?.passwordHash
        let network = ClientNetwork.name(of: connection.address)
        guard try await services.passwords.verify(new, against: hash, from: network) else { throw Refusal.keyReused }
    }

    func deleteAccount(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let connection = call.connection
        let password = try call.parameters.string("password")
        guard let account = try await account(session.user), let hash = account.passwordHash, let name = account.name
        else { throw Refusal.notLoggedIn }
        try await fits(password, hash, account: "#\(session.user)", address: connection.address)
        let command = DeleteAccount(fits: hash, nameDigest: services.credentials.digest(ofName: name))
        let request = CommandRequest(cause: try cause(call)) { _ in .deleteAccount(command) }
        let value = try result(of: await run(request, connection), connection) { _, _ in [:] }
        detach(connection)
        if connection.session === session { forgetSession(of: connection) }
        return value
    }
}
