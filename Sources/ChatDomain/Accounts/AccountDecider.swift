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
}
