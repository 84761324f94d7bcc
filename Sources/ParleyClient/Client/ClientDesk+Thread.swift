import JSONText
import Synchronization

/// What the client's thread does at the desk.
extension ClientDesk {
    /// What was ordered, and up to where the consumer has done with the feed.
    func takeOrders() -> (orders: [Order], dealtWith: Int64) {
        bell.quieten()
        return state.withLock { state in
            defer { state.orders = [] }
            return (state.orders, state.dealtWith)
        }
    }

    func show(_ connection: ConnectionState) {
        let observers = state.withLock { state in
            state.connection = connection
            return Array(state.observers.values)
        }
        for observer in observers { observer.yield(connection) }
    }

    func loggedIn(_ login: Login) {
        let waiting = state.withLock { state in
            defer { state.logins = [] }
            state.login = login
            return state.logins
        }
        for continuation in waiting { continuation.resume(returning: .success(login)) }
    }

    /// The session was ended by one's own command; the next login is waited for anew.
    func loggedOut() {
        state.withLock { $0.login = nil }
    }

    /// Nothing more will happen: whoever waits is told why. What was pushed can still be taken.
    func finish(_ reason: ChatError) {
        let last = state.withLock { state in
            guard state.end == nil else { return nil as State? }
            let last = state
            state.end = reason
            state.connection = .ended(reason)
            state.orders = []
            state.calls = [:]
            state.readers = []
            state.logins = []
            state.observers = [:]
            return last
        }
        guard let last else { return }
        for call in last.calls.values { call.resume(returning: .failure(reason)) }
        for login in last.logins { login.resume(returning: .failure(reason)) }
        for reader in last.readers {
            reader.continuation.resume(returning: reason == .closed ? .success(nil) : .failure(reason))
        }
        for observer in last.observers.values {
            observer.yield(.ended(reason))
            observer.finish()
        }
        for case .close(let closed) in last.orders { closed?.resume() }
    }
}
