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
    public init?(_ text: String) { self.init(utf8: text.utf8Span.span) }

    /// The conversation whose messages a stream holds, by the bytes of its name; nil if it holds something else.
    public init?(messagesStream name: Span<UInt8>) {
        guard Self.begins(name, Self.messages) else { return nil }
        self.init(utf8: name.extracting(Self.messages.count...))
    }

    /// The conversation whose messages, or whose messages' marks, a stream holds.
    init?(stream name: Span<UInt8>) {
        guard !Self.begins(name, Self.marks) else {
            self.init(utf8: name.extracting(Self.marks.count...))
            return
        }
        self.init(messagesStream: name)
    }

    private static let messages = Array("messages:".utf8)
    private static let marks = Array("marks:".utf8)
    private static let direct = Array("direct:".utf8)
    private static let group = Array("group:".utf8)

    /// Byte by byte, for it is read of every message.
    private init?(utf8 text: Span<UInt8>) {
        if Self.begins(text, Self.direct) {
            var place = Self.direct.count
            guard let one = Self.number(text, &place), place < text.count, text[place] == UInt8(ascii: ":") else {
                return nil
            }
            place += 1
            guard let other = Self.number(text, &place), place == text.count, one < other else { return nil }
            self = .direct(UserID(one), UserID(other))
        } else if Self.begins(text, Self.group) {
            var place = Self.group.count
            guard let id = Self.number(text, &place), place == text.count else { return nil }
            self = .group(GroupID(id))
        } else {
            return nil
        }
    }

    private static func begins(_ text: Span<UInt8>, _ prefix: [UInt8]) -> Bool {
        guard text.count >= prefix.count else { return false }
        for place in prefix.indices where text[place] != prefix[place] { return false }
        return true
    }

    /// A positive decimal number in its only spelling, from a place on, which moves behind it.
    private static func number(_ text: Span<UInt8>, _ place: inout Int) -> Int64? {
        guard place < text.count, text[place] > UInt8(ascii: "0") else { return nil }
        var value: Int64 = 0
        while place < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[place]) {
            let (scaled, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isTooLargeToo) = scaled.addingReportingOverflow(Int64(text[place] - UInt8(ascii: "0")))
            guard !isTooLarge, !isTooLargeToo else { return nil }
            value = sum
            place += 1
        }
        return value > 0 ? value : nil
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
