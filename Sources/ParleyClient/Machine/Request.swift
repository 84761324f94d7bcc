package import JSONText

/// What happens to a request whose answer got lost with its connection.
package enum RetryRule: Sendable, Equatable {
    /// It is sent again with the same `key`, so that it happens once.
    case underItsKey
    /// It is sent again: it changes nothing, or nothing more the second time.
    case freely
    /// It is not sent again, because nobody knows whether it was carried out.
    case never

    /// The rule of a command of the contract; of one that is not known, the careful one.
    package static func usual(for method: String) -> RetryRule {
        if keyed.contains(method) { return .underItsKey }
        return repeatable.contains(method) ? .freely : .never
    }

    /// What may be said to the server before anybody is logged in.
    package static let withoutLogin: Set<String> = ["hello", "register", "login", "ping", "rpc.discover"]

    /// What changes something, and takes a key.
    private static let keyed: Set<String> = [
        "register", "changepassword", "addfriend", "acceptfriend", "rejectfriend", "removefriend", "block", "unblock",
        "creategroup", "updategroup", "deletegroup", "joingroup", "leavegroup", "invite", "kick", "setrole", "chat",
        "groupchat", "edit", "recall", "react",
    ]

    /// What changes nothing, or nothing more the second time.
    private static let repeatable: Set<String> = [
        "hello", "ping", "rpc.discover", "whoami", "sessions", "endsession", "enddevice", "finduser", "friends",
        "groups",
        "groupinfo", "findgroup", "ack", "read", "typing", "history", "conversations", "search",
    ]
}

/// A request that waits to be sent or answered.
package struct Request: Equatable {
    /// By which the caller knows the answer.
    package let tag: Int
    package let method: String
    package let params: JSONValue
    package let retry: RetryRule
    package let needsLogin: Bool
    /// The order of submission, which is the order of sending, also the second time.
    package var order = 0
    /// When the client starts to lose patience with it.
    package var submittedAt = 0
    package var attempts = 0

    package init(tag: Int, method: String, params: JSONValue, retry: RetryRule, needsLogin: Bool) {
        self.tag = tag
        self.method = method
        self.params = params
        self.retry = retry
        self.needsLogin = needsLogin
    }
}
