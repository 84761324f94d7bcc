import JSONText

/// What happens to a request whose answer got lost with its connection.
enum RetryRule: Sendable, Equatable {
    /// It is sent again with the same `key`, so that it happens once.
    case underItsKey
    /// It is sent again: it changes nothing, or nothing more the second time.
    case freely
    /// It is not sent again, because nobody knows whether it was carried out.
    case never
}

/// A request that waits to be sent or answered.
struct Request: Equatable {
    /// By which the caller knows the answer.
    let tag: Int
    let method: String
    let params: JSONValue
    let retry: RetryRule
    let needsLogin: Bool
    /// The order of submission, which is the order of sending, also the second time.
    var order = 0
    /// When the client starts to lose patience with it.
    var submittedAt = 0
    var attempts = 0
}
