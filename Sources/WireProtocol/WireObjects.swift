public import ChatDomain
public import JSONText

/// A user as others see one; `name` is nil once deleted.
public struct WireUser: Sendable, Hashable {
    /// The number.
    public var id: UserID
    /// The name as shown.
    public var name: String?
    /// A user.
    public init(id: UserID, name: String?) {
        self.id = id
        self.name = name
    }
    /// `{"id", "name"}`.
    public var json: JSONValue { ["id": .integer(id.value), "name": name.map { .string($0) } ?? .null] }
}

/// A group as its members, or those who may join, see it.
public struct WireGroup: Sendable, Hashable {
    /// The number.
    public var id: GroupID
    /// The name.
    public var name: String
    /// The description.
    public var description: String
    /// Who may join.
    public var visibility: Visibility
    /// How many members it has.
    public var members: Int
    /// The caller's role; nil if not a member, or in a push.
    public var role: Role?
    /// A group.
    public init(
        id: GroupID, name: String, description: String, visibility: Visibility, members: Int, role: Role? = nil
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.visibility = visibility
        self.members = members
        self.role = role
    }
    /// The group object.
    public var json: JSONValue {
        var object: JSONObject = [
            "id": .integer(id.value), "name": .string(name), "description": .string(description),
            "visibility": .string(visibility.rawValue), "members": .integer(Int64(members)),
        ]
        if let role { object["role"] = .string(role.rawValue) }
        return .object(object)
    }
}

/// A message as it is read and pushed.
public struct WireMessage: Sendable, Hashable {
    /// Its place in the log.
    public var position: Position
    /// Where it was said.
    public var conversation: Conversation
    /// Its number there.
    public var seq: Int64
    /// Who said it.
    public var from: WireUser
    /// What.
    public var text: String
    /// When, in microseconds since 1970 UTC.
    public var at: Int64
    /// The `seq` that it answers.
    public var replyTo: Int64?
    /// Whether its text is not the first one.
    public var isEdited = false
    /// Whether it was taken back; it then has no text.
    public var isRecalled = false
    /// The reactions to it, the one that was there first before the others.
    public var reactions: [WireReaction] = []
    /// A message.
    public init(
        position: Position, conversation: Conversation, seq: Int64, from: WireUser, text: String, at: Int64,
        replyTo: Int64? = nil
    ) {
        self.position = position
        self.conversation = conversation
        self.seq = seq
        self.from = from
        self.text = text
        self.at = at
        self.replyTo = replyTo
    }
    /// The message object.
    public var json: JSONValue {
        var object: JSONObject = [
            "position": .integer(position.value), "conversation": .string(conversation.description),
            "seq": .integer(seq), "from": from.json, "text": .string(text),
            "at": .string(WireTime.text(microseconds: at)),
        ]
        if let replyTo { object["replyTo"] = .integer(replyTo) }
        if isEdited { object["edited"] = true }
        if isRecalled { object["recalled"] = true }
        if !reactions.isEmpty { object["reactions"] = .object(JSONObject(reactions.map { ($0.emoji, $0.json) })) }
        return .object(object)
    }

    /// Appends the text of the message object. What is pushed is mostly this, so most of it is written without a value in
    /// between.
    func write(into output: inout [UInt8]) {
        guard !isEdited, !isRecalled, reactions.isEmpty else { return json.write(into: &output) }
        output.append(contentsOf: #"{"position":"#.utf8)
        JSONWriter.integer(position.value, into: &output)
        output.append(contentsOf: #","conversation":""#.utf8)
        conversation.write(into: &output)
        output.append(contentsOf: #"","seq":"#.utf8)
        JSONWriter.integer(seq, into: &output)
        output.append(contentsOf: #","from":{"id":"#.utf8)
        JSONWriter.integer(from.id.value, into: &output)
        output.append(contentsOf: #","name":"#.utf8)
        if let name = from.name {
            JSONWriter.string(name, into: &output)
        } else {
            output.append(contentsOf: "null".utf8)
        }
        output.append(contentsOf: #"},"text":"#.utf8)
        JSONWriter.string(text, into: &output)
        output.append(contentsOf: #","at":""#.utf8)
        WireTime.write(microseconds: at, into: &output)
        output.append(UInt8(ascii: "\""))
        if let replyTo {
            output.append(contentsOf: #","replyTo":"#.utf8)
            JSONWriter.integer(replyTo, into: &output)
        }
        output.append(UInt8(ascii: "}"))
    }
}

extension Conversation {
    /// Appends its text form.
    fileprivate func write(into output: inout [UInt8]) {
        switch self {
        case .direct(let one, let other):
            output.append(contentsOf: "direct:".utf8)
            JSONWriter.integer(one.value, into: &output)
            output.append(UInt8(ascii: ":"))
            JSONWriter.integer(other.value, into: &output)
        case .group(let id):
            output.append(contentsOf: "group:".utf8)
            JSONWriter.integer(id.value, into: &output)
        }
    }
}

/// How often a message was reacted to with one emoji, and by whom first.
public struct WireReaction: Sendable, Hashable {
    /// The emoji.
    public var emoji: String
    /// How many users.
    public var count: Int
    /// The first ten of them.
    public var users: [UserID]
    /// A reaction.
    public init(emoji: String, count: Int, users: [UserID]) {
        self.emoji = emoji
        self.count = count
        self.users = users
    }
    /// `{"count", "users"}`.
    public var json: JSONValue {
        ["count": .integer(Int64(count)), "users": .array(users.map { .integer($0.value) })]
    }
}

/// What the pushes about an earlier message have in common.
public struct WireMark: Sendable, Hashable {
    /// Its place in the log.
    public var position: Position
    /// The message's conversation.
    public var conversation: Conversation
    /// The message's number there.
    public var seq: Int64
    /// Who did it.
    public var by: WireUser
    /// When, in microseconds since 1970 UTC.
    public var at: Int64
    /// A mark.
    public init(position: Position, conversation: Conversation, seq: Int64, by: WireUser, at: Int64) {
        self.position = position
        self.conversation = conversation
        self.seq = seq
        self.by = by
        self.at = at
    }
    /// `{"position", "conversation", "seq", "by", "at"}`.
    var json: JSONObject {
        [
            "position": .integer(position.value), "conversation": .string(conversation.description),
            "seq": .integer(seq), "by": by.json, "at": .string(WireTime.text(microseconds: at)),
        ]
    }
}
