/// Why something that was asked for did not come about. No text, password or token is in it.
public enum ChatError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The server refused it, or would have.
    case refused(Refusal)
    /// The connection was lost before the answer, and the command must not be sent twice: nobody knows whether it was
    /// carried out. Only commands without a key that change something can come to this.
    case outcomeUnknown
    /// As many commands wait as may.
    case tooManyWaiting
    /// The server cannot be reached, and the configured patience is over.
    case unreachable(String)
    /// Another session of the same user and device took over.
    case replaced
    /// The session was ended: elsewhere, by a new password, or with the account.
    case revoked
    /// `close()` was called.
    case closed

    /// A line for people.
    public var description: String {
        switch self {
        case .refused(let refusal): refusal.description
        case .outcomeUnknown: "the connection was lost; it is not known whether the command was carried out"
        case .tooManyWaiting: "too many commands wait already"
        case .unreachable(let reason): "the server cannot be reached: \(reason)"
        case .replaced: "another session of this user and device took over"
        case .revoked: "the session was ended"
        case .closed: "the client was closed"
        }
    }

    init(_ reason: StopReason) {
        self =
            switch reason {
            case .replaced: .replaced
            case .revoked: .revoked
            case .unreachable(let text): .unreachable(text)
            case .refused(let refusal): .refused(refusal)
            }
    }
}

/// What a client's connection is doing.
public enum ConnectionState: Sendable, Equatable {
    /// `connect()` was not called yet.
    case idle
    /// A connection is being made, or the answer to the login is awaited.
    case connecting
    /// Logged in. `isResumed`: not for the first time.
    case online(isResumed: Bool)
    /// The connection was lost; the next attempt follows after so long.
    case waiting(reason: String, retryIn: Duration)
    /// Nothing more will happen.
    case ended(ChatError)
}
