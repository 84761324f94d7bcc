public import ChatDomain
import JSONText

/// What the server says of its own accord.
public enum Push: Sendable, Hashable {
    case message(WireMessage)
    case edited(WireMark, text: String)
    case recalled(WireMark)
    case reaction(WireMark, emoji: String, removed: Bool)
    case friendRequest(Position, from: WireUser, to: WireUser)
    case friendAdded(Position, WireUser)
    case friendRemoved(Position, WireUser)
    case groupChanged(Position, WireGroup, GroupChange, user: WireUser?, role: Role?, by: WireUser)
    case caughtUp(Position)
    case presence(WireUser, online: Bool, at: Int64)
    case receipt(Conversation, WireUser, ReadingProgress)
    case typing(Conversation, WireUser)
    case goAway(GoAwayReason, retryAfter: Int64?)

    /// What changed in a group.
    public enum GroupChange: String, Sendable, Hashable {
        case created, updated, deleted, joined, left, invited, declined, withdrawn, kicked, role
    }

    /// Why a connection ends.
    public enum GoAwayReason: String, Sendable, Hashable {
        case draining, shutdown, idle, slow, replaced, revoked
    }

    /// The push as a line.
    public var line: [UInt8] {
        switch self {
        case .message(let message):
            RPCReply.push("message", size: message.text.utf8.count) { message.write(into: &$0) }
        case .edited(let mark, let text): RPCReply.push("edited", Self.mark(mark, ["text": .string(text)]))
        case .recalled(let mark): RPCReply.push("recalled", Self.mark(mark, [:]))
        case .reaction(let mark, let emoji, let removed):
            RPCReply.push("reaction", Self.mark(mark, ["emoji": .string(emoji), "removed": .bool(removed)]))
        case .friendRequest(let position, let from, let to):
            RPCReply.push(
                "friendrequest", ["position": .integer(position.value), "from": from.json, "to": to.json])
        case .friendAdded(let position, let user):
            RPCReply.push("friendadded", ["position": .integer(position.value), "user": user.json])
        case .friendRemoved(let position, let user):
            RPCReply.push("friendremoved", ["position": .integer(position.value), "user": user.json])
        case .groupChanged(let position, let group, let change, let user, let role, let by):
            RPCReply.push("groupchanged", Self.groupChanged(position, group, change, user, role, by))
        case .caughtUp(let position): RPCReply.push("caughtup", ["position": .integer(position.value)])
        case .presence(let user, let online, let at):
            RPCReply.push(
                "presence",
                ["user": user.json, "online": .bool(online), "at": .string(WireTime.text(microseconds: at))])
        case .receipt(let conversation, let user, let progress):
            RPCReply.push("receipt", Self.receipt(conversation, user, progress))
        case .typing(let conversation, let user):
            RPCReply.push("typing", ["conversation": .string(conversation.description), "user": user.json])
        case .goAway(let reason, let retryAfter): RPCReply.push("goaway", Self.goAway(reason, retryAfter))
        }
    }

    private static func mark(_ mark: WireMark, _ further: JSONObject) -> JSONValue {
        var object = mark.json
        for member in further.members { object[member.name] = member.value }
        return .object(object)
    }

    /// A line that was made before its message was taken back, as it may still be shown.
    public static func withoutText(_ line: [UInt8]) -> [UInt8] {
        guard let push = try? JSONValue.parse(line), let method = push["method"]?.stringValue,
            case .object(var object)? = push["params"], object["text"] != nil
        else { return line }
        object["text"] = ""
        if method == "message" { object["recalled"] = true }
        return RPCReply.push(method, .object(object))
    }

    private static func groupChanged(
        _ position: Position, _ group: WireGroup, _ change: GroupChange, _ user: WireUser?, _ role: Role?,
        _ by: WireUser
    ) -> JSONValue {
        var shown = group
        shown.role = nil
        var object: JSONObject = [
            "position": .integer(position.value), "group": shown.json, "change": .string(change.rawValue),
        ]
        if let user { object["user"] = user.json }
        if let role { object["role"] = .string(role.rawValue) }
        object["by"] = by.json
        return .object(object)
    }

    private static func receipt(
        _ conversation: Conversation, _ user: WireUser, _ progress: ReadingProgress
    ) -> JSONValue {
        var object: JSONObject = ["conversation": .string(conversation.description), "user": user.json]
        switch progress {
        case .delivered(let seq): object["delivered"] = .integer(seq)
        case .read(let seq): object["read"] = .integer(seq)
        }
        return .object(object)
    }

    private static func goAway(_ reason: GoAwayReason, _ retryAfter: Int64?) -> JSONValue {
        var object: JSONObject = ["reason": .string(reason.rawValue)]
        if let retryAfter { object["retryAfter"] = .integer(retryAfter) }
        return .object(object)
    }
}
