extension StreamState {
    static func evolveAccount(_ state: StreamState?, _ event: ChatEvent) -> StreamState? {
        var account = AccountState(name: nil, passwordHash: nil)
        if case .account(let earlier) = state { account = earlier }
        switch event {
        case .userRegistered(let event): account = AccountState(name: event.name, passwordHash: event.passwordHash)
        case .passwordChanged(let event): account.passwordHash = event.passwordHash
        case .accountDeleted: account = AccountState(name: nil, passwordHash: nil)
        case .keyDestroyed(let event) where event.purpose == .person: account.isErased = true
        default: return state
        }
        return .account(account)
    }

    static func evolveName(_ state: StreamState?, _ event: ChatEvent) -> StreamState? {
        switch event {
        case .userRegistered(let event): .name(NameState(owner: event.user))
        case .accountDeleted: .name(NameState(owner: nil))
        default: state
        }
    }
}
