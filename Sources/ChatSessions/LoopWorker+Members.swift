import ChatApplication
import ChatDomain
import JSONText
import WireProtocol

/// `invite`, `kick`, `setrole`.
extension LoopWorker {
    func invite(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let group = try call.parameters.group()
        let reference = try call.parameters.user("user")
        _ = try call.parameters.optionalString("key", where: TextRules.isKey)
        let pending = try await services.reads.invitationCounts(to: try await user(reference), by: session.user)
        let plan = resolving(reference) {
            .invite(Invite(group: group, user: $0, received: pending.received, sent: pending.sent))
        }
        let outcome = await run(try request(call, plan: plan), call.connection)
        return try result(of: outcome, call.connection) { _, _ in [:] }
    }

    func kick(_ call: Call) throws -> CommandCall {
        let group = try call.parameters.group()
        let user = try call.parameters.user("user")
        return CommandCall(request: try request(call, plan: resolving(user) { .kick(group, $0) })) { _, _ in [:] }
    }

    func setRole(_ call: Call) throws -> CommandCall {
        let group = try call.parameters.group()
        let user = try call.parameters.user("user")
        guard let role = Role(rawValue: try call.parameters.string("role")) else {
            throw RPCError.invalidParameter("role")
        }
        return CommandCall(request: try request(call, plan: resolving(user) { .setRole(group, $0, role) })) { _, _ in
            [:]
        }
    }

    /// Whom a reference means just now; nil if nobody.
    private func user(_ reference: UserReference) async throws(EventLogError) -> UserID? {
        switch reference {
        case .id(let user): user
        case .name(let name): try await owner(ofNameDigest: services.credentials.digest(ofName: name))
        }
    }
}
