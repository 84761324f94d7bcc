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
            event.forgottenSession = event.forgotten.flatMap { devices.entry(of: $0) }
                .flatMap { $0.isOpen ? $0.session : nil }
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
        let entry = devices.openEntry(of: command.session)
        // Of the sessions without a device only so many are kept: the end of one that is not is said all the same,
        // or it would be shown as open for ever.
        guard entry != nil || command.isLoose else { return .nothing }
        let event = SessionClosed(
            user: command.user, session: command.session, device: entry?.device, reason: command.reason)
        return Decision(.sessionClosed(event), result: .done)
    }

    static func endSession(
        _ session: SessionID, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let (me, devices) = try own(context, &reader)
        guard let entry = devices.openEntry(of: session) else { throw .refused(.noSuchSession) }
        let event = SessionClosed(user: me, session: session, device: entry.device, reason: .revoked)
        return Decision(.sessionClosed(event), result: .done)
    }

    /// The device goes whether a session is open on it or not; the event names the last one.
    static func endDevice(
        _ device: String, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let (me, devices) = try own(context, &reader)
        guard let entry = devices.entry(of: device) else { throw .refused(.noSuchSession) }
        let event = SessionClosed(user: me, session: entry.session, device: device, reason: .deviceEnded)
        return Decision(.sessionClosed(event), result: .done)
    }

    private static func own(
        _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> (user: UserID, devices: DevicesState) {
        let me = try actor(context)
        try reader.prefetch([.account(me), .devices(me)])
        try requireActiveActor(me, &reader)
        return (me, try reader.devices(me))
    }
}
