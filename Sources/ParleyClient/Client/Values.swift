public import JSONText

/// A user as the server shows one.
public struct User: Sendable, Hashable {
    /// Never given to another user.
    public let id: Int64
    /// Nil once the account was deleted.
    public let name: String?

    /// Nil if the value is no user.
    public init?(_ value: JSONValue?) {
        guard let id = value?["id"]?.intValue else { return nil }
        self.id = id
        name = value?["name"]?.stringValue
    }
}

/// Whom a command names: by id, or by name.
public enum UserReference: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    /// By name, in any case and normalization.
    case name(String)
    /// By id.
    case id(Int64)

    /// By name.
    public init(stringLiteral name: String) { self = .name(name) }
    /// By id.
    public init(integerLiteral id: Int64) { self = .id(id) }

    var json: JSONValue {
        switch self {
        case .name(let name): .string(name)
        case .id(let id): .integer(id)
        }
    }
}

/// A group as the server shows one.
public struct Group: Sendable, Hashable {
    /// Never given to another group.
    public let id: Int64
    /// Not unique.
    public let name: String
    /// How many take part.
    public let members: Int
    /// The caller's own, nil if not a member: `owner`, `admin` or `member`.
    public let role: String?

    /// Nil if the value is no group.
    public init?(_ value: JSONValue?) {
        guard let id = value?["id"]?.intValue else { return nil }
        self.id = id
        name = value?["name"]?.stringValue ?? ""
        members = Int(value?["members"]?.intValue ?? 0)
        role = value?["role"]?.stringValue
    }
}

/// A message, in its latest form.
public struct Message: Sendable, Hashable {
    /// Its place in the log.
    public let position: Int64
    /// `direct:3:9` or `group:7`.
    public let conversation: String
    /// Its number in the conversation.
    public let seq: Int64
    /// Who wrote it.
    public let from: User
    /// What it says; empty once recalled.
    public let text: String
    /// When it was stored, as RFC 3339 in UTC.
    public let at: String
    /// The message that it answers, by its number in the conversation.
    public let replyTo: Int64?
    /// Whether its text is not the first one.
    public let isEdited: Bool
    /// Whether it was taken back.
    public let isRecalled: Bool

    /// Nil if the object is no message.
    public init?(_ object: JSONObject) {
        guard let position = object["position"]?.intValue, let seq = object["seq"]?.intValue,
            let conversation = object["conversation"]?.stringValue, let from = User(object["from"])
        else { return nil }
        self.position = position
        self.conversation = conversation
        self.seq = seq
        self.from = from
        text = object["text"]?.stringValue ?? ""
        at = object["at"]?.stringValue ?? ""
        replyTo = object["replyTo"]?.intValue
        isEdited = object["edited"]?.boolValue ?? false
        isRecalled = object["recalled"]?.boolValue ?? false
    }
}

/// A message that is on disk in the log.
public struct StoredMessage: Sendable, Hashable {
    /// Its place in the log.
    public let position: Int64
    /// `direct:3:9` or `group:7`.
    public let conversation: String
    /// Its number in the conversation.
    public let seq: Int64
    /// Whether this was the second time that the command came under its key, and nothing was stored now.
    public let isDuplicate: Bool

    init(_ result: JSONValue) {
        position = result["position"]?.intValue ?? 0
        conversation = result["conversation"]?.stringValue ?? ""
        seq = result["seq"]?.intValue ?? 0
        isDuplicate = result["duplicate"]?.boolValue ?? false
    }
}

/// A session that was opened.
public struct Login: Sendable, Equatable {
    /// Who is logged in.
    public let user: User?
    /// What logs this device in again without the password, on any node. Keep it as a password is kept.
    public let token: String?
    /// The device's name; nil for a session without feed.
    public let device: String?
    /// The life of the log in which positions mean what they mean.
    public let epoch: String?
    /// What lies at or below it is backlog.
    public let position: Int64
    /// All that the server answered: friends, requests, groups and invitations too.
    public let result: JSONObject

    init(_ result: JSONObject) {
        user = User(result["user"])
        token = result["token"]?.stringValue
        device = result["device"]?.stringValue
        epoch = result["epoch"]?.stringValue
        position = result["position"]?.intValue ?? 0
        self.result = result
    }
}
