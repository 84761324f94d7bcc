/// The name of a stream: the events of one thing. It holds no personal data.
public struct StreamName: Sendable, Hashable, CustomStringConvertible {
    /// The name itself.
    public let value: String

    /// A stream by its full name, as stored.
    public init(_ value: String) { self.value = value }

    /// The name.
    public var description: String { value }
}

extension StreamName {
    /// A user's account: registration, password, deletion.
    public static func account(_ user: UserID) -> StreamName { StreamName("account:\(user)") }

    /// A name that one user may hold; `digest` is the keyed hash, in hexadecimal, of the folded name.
    public static func name(digest: String) -> StreamName { StreamName("name:\(digest)") }

    /// A user's devices, sessions and tokens.
    public static func devices(_ user: UserID) -> StreamName { StreamName("devices:\(user)") }

    /// What is counted for a user's limits: friends, requests, groups.
    public static func counts(_ user: UserID) -> StreamName { StreamName("counts:\(user)") }

    /// What two users are to each other.
    public static func contact(_ one: UserID, _ other: UserID) -> StreamName {
        one < other ? StreamName("contact:\(one):\(other)") : StreamName("contact:\(other):\(one)")
    }

    /// A group's settings and its deletion.
    public static func group(_ group: GroupID) -> StreamName { StreamName("group:\(group)") }

    /// Who joins and leaves a group.
    public static func roster(_ group: GroupID) -> StreamName { StreamName("roster:\(group)") }

    /// One user's standing in one group; moved by events of the roster.
    public static func member(_ group: GroupID, _ user: UserID) -> StreamName {
        StreamName("member:\(group):\(user)")
    }

    /// Who is invited to a group, and who declines; kept apart from the roster because only admins are told.
    public static func invitations(_ group: GroupID) -> StreamName { StreamName("invitations:\(group)") }

    /// The messages of a conversation: its version is `seq`.
    public static func messages(_ conversation: Conversation) -> StreamName { StreamName("messages:\(conversation)") }

    /// What becomes of a conversation's messages after they were said: edits, recalls, reactions.
    public static func marks(_ conversation: Conversation) -> StreamName { StreamName("marks:\(conversation)") }

    /// One message's standing: whether it was recalled, and with what it was reacted to; moved by its marks.
    public static func message(_ message: MessageReference) -> StreamName {
        StreamName("message:\(message.conversation):\(message.seq)")
    }

    /// One user's reactions to one message; moved by them.
    public static func reaction(_ message: MessageReference, _ user: UserID) -> StreamName {
        StreamName("reaction:\(message.conversation):\(message.seq):\(user)")
    }

    /// How far a user has read a conversation.
    public static func read(_ conversation: Conversation, by user: UserID) -> StreamName {
        StreamName("read:\(conversation):\(user)")
    }

    /// A server node's life; its version is the node's lease term.
    public static func node(_ node: NodeName) -> StreamName { StreamName("node:\(node)") }

    /// What one node's users have acknowledged.
    public static func acknowledgements(_ node: NodeName) -> StreamName { StreamName("acks:\(node)") }

    /// The logins that came to nothing on one node.
    public static func refusals(_ node: NodeName) -> StreamName { StreamName("refusals:\(node)") }

    /// The conversation whose messages, or whose messages' marks, this stream holds, if it is such a stream.
    public var conversation: Conversation? { Conversation(stream: value.utf8Span.span) }
}

extension StreamName {
    /// Whether a decision may rest on what the stream's events come to; of other streams only the version is kept.
    public var keepsState: Bool {
        if case .stateless = kind { false } else { true }
    }

    /// What the log was asked.
    public static let audit = StreamName("audit")

    /// The rebuilds of projections.
    public static let replay = StreamName("replay")

    /// Destructions of keys of everybody.
    public static let erasures = StreamName("erasures")

    /// What kind of stream this is, by the word before the first colon, with the numbers that follow it.
    enum Kind {
        case account
        case name
        case devices
        case counts(UserID)
        case contact
        case group
        case roster
        case member(GroupID, UserID)
        case read
        case node
        case message
        case reaction
        /// Messages, marks, invitations, acknowledgements, refusals, rebuilds, questions: nothing is decided by them, so they keep no state.
        case stateless
    }

    var kind: Kind {
        let parts = value.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let numbers = parts.dropFirst().lazy.map { String($0).flatMap { Int64($0) } }
        switch parts.first.flatMap({ String($0) }) {
        case "account": return .account
        case "name": return .name
        case "devices": return .devices
        case "counts":
            guard let user = numbers.first ?? nil else { return .stateless }
            return .counts(UserID(user))
        case "contact": return .contact
        case "group": return .group
        case "roster": return .roster
        case "member":
            guard let group = numbers.first ?? nil, let user = numbers.dropFirst().first ?? nil else {
                return .stateless
            }
            return .member(GroupID(group), UserID(user))
        case "message": return .message
        case "reaction": return .reaction
        case "read": return .read
        case "node": return .node
        default: return .stateless
        }
    }
}
