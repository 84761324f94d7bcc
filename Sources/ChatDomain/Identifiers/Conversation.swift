/// Where messages are said: between two users, or in a group.
public enum Conversation: Sendable, Hashable, CustomStringConvertible {
    /// Between two users, the smaller id first; made by `Conversation.direct(between:and:)`.
    case direct(UserID, UserID)
    /// In a group.
    case group(GroupID)

    /// The conversation of two users, whichever comes first.
    public static func direct(between one: UserID, and other: UserID) -> Conversation {
        one < other ? .direct(one, other) : .direct(other, one)
    }

    /// Reads `direct:3:9` or `group:7`; nil if it is neither, or the ids are not in order.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let numbers = parts.dropFirst().map { Self.number($0) }
        switch (parts.first.map { Substring($0) }, numbers.count) {
        case ("direct", 2):
            guard let one = numbers[0], let other = numbers[1], one < other else { return nil }
            self = .direct(UserID(one), UserID(other))
        case ("group", 1):
            guard let id = numbers[0] else { return nil }
            self = .group(GroupID(id))
        default: return nil
        }
    }

    /// A positive decimal number in its only spelling.
    private static func number(_ digits: Substring.UTF8View) -> Int64? {
        guard let text = String(digits), let value = Int64(text), value > 0, String(value) == text else { return nil }
        return value
    }

    /// The other one of the two; nil in a group, and for somebody who takes no part.
    public func otherSide(of user: UserID) -> UserID? {
        guard case .direct(let one, let other) = self, user == one || user == other else { return nil }
        return user == one ? other : one
    }

    /// The text form of the wire contract.
    public var description: String {
        switch self {
        case .direct(let one, let other): "direct:\(one):\(other)"
        case .group(let id): "group:\(id)"
        }
    }
}
