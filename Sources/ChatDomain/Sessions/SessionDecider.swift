extension Decider {
    static func openSession(
        _ command: OpenSession, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        try reader.prefetch([.account(command.user), .devices(command.user)])
        let account = try reader.account(command.user)
        let devices = try reader.devices(command.user)
        let token = try prove(command.proof, account, devices, context)
        var event = SessionOpened(
            user: command.user, session: command.session, device: nil, node: command.node, term: command.term,
            tokenDigest: token.digest, since: command.since, address: command.address)
        if command.feed {
            let device = token.device ?? command.device
            event.device = device
            event.replaced = devices.entry(of: device).flatMap { $0.isOpen ? $0.session : nil }
            event.forgotten = devices.toForget(for: device, limit: context.limits.userDevices)
        }
        return Decision(.sessionOpened(event), result: .opened(user: command.user, device: event.device))
    }

    /// Which token is good afterwards, and the device that it belongs to already.
    private static func prove(
        _ proof: OpenSession.Proof, _ account: AccountState?, _ devices: DevicesState, _ context: CommandContext
    ) throws(DecisionStop) -> (digest: String, device: String?) {
        switch proof {
        case .password(let hash, let digest):
            guard let account, account.isActive, account.passwordHash == hash else {
                throw .refused(.badCredentials)
            }
            return (digest, nil)
        case .token(let digest):
            guard account?.isActive == true, let holder = devices.holder(of: digest),
                context.now - holder.usedAt < context.limits.tokenLifetime * 1_000_000
            else { throw .refused(.badToken) }
            return (digest, holder.device)
        }
    }

    /// A session that was replaced or closed before needs no second end.
    static func closeSession(
        _ command: CloseSession, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let devices = try reader.devices(command.user)
        guard let entry = devices.openEntry(of: command.session) else { return .nothing }
        let event = SessionClosed(
            user: command.user, session: command.session, device: entry.device, reason: command.reason)
        return Decision(.sessionClosed(event), result: .done)
    }
}
