extension Decider {
    static func register(_ command: Register, _ reader: inout StateReader) throws(DecisionStop) -> Decision {
        try reader.prefetch([.name(digest: command.nameDigest), .account(command.user)])
        guard try reader.name(command.nameDigest)?.owner == nil else { throw .refused(.nameTaken) }
        // A number is given out once; should it be taken all the same, a later try has another one.
        guard try reader.account(command.user) == nil else { throw .refused(.unavailable) }
        let event = UserRegistered(
            user: command.user, nameDigest: command.nameDigest, name: command.name,
            passwordHash: command.passwordHash, address: command.address)
        return Decision(.userRegistered(event), result: .registered(command.user, name: command.name))
    }

    static func changePassword(
        _ command: ChangePassword, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        try reader.prefetch([.account(me), .devices(me)])
        try requireActiveActor(me, &reader)
        guard try reader.account(me)?.passwordHash == command.fits else { throw .refused(.badCredentials) }
        let event = PasswordChanged(
            user: me, passwordHash: command.newHash, session: command.session,
            ended: try reader.devices(me).open(but: command.session))
        return Decision(.passwordChanged(event), result: .done)
    }

    static func deleteAccount(
        _ command: DeleteAccount, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        let me = try actor(context)
        try reader.prefetch([.account(me), .name(digest: command.nameDigest), .devices(me)])
        try requireActiveActor(me, &reader)
        guard try reader.account(me)?.passwordHash == command.fits else { throw .refused(.badCredentials) }
        // It is freed for everybody: so it must be the user's own.
        guard try reader.name(command.nameDigest)?.owner == me else { throw .refused(.unavailable) }
        let event = AccountDeleted(
            user: me, nameDigest: command.nameDigest, ended: try reader.devices(me).open(but: nil))
        return Decision(.accountDeleted(event), result: .done)
    }
}
