extension StreamState {
    static func evolveAccount(_ state: StreamState?, _ event: ChatEvent) -> StreamState? {
        guard case .userRegistered(let event) = event else { return state }
        return .account(AccountState(name: event.name, passwordHash: event.passwordHash))
    }

    static func evolveName(_ state: StreamState?, _ event: ChatEvent) -> StreamState? {
        guard case .userRegistered(let event) = event else { return state }
        return .name(NameState(owner: event.user))
    }
}
