import ChatApplication
import ChatDomain
import JSONText

/// Changes of routing as short JSON arrays: a word, then its values.
enum RoutingCodec {
    static func encode(_ change: RoutingChange) -> JSONValue {
        switch change {
        case .founded(let group, let user): ["b", .integer(group.value), .integer(user.value)]
        case .promoted(let group, let user): ["p", .integer(group.value), .integer(user.value)]
        case .demoted(let group, let user): ["q", .integer(group.value), .integer(user.value)]
        case .joined(let group, let user): ["j", .integer(group.value), .integer(user.value)]
        case .left(let group, let user): ["l", .integer(group.value), .integer(user.value)]
        case .groupDeleted(let group): ["d", .integer(group.value)]
        case .befriended(let one, let other): ["f", .integer(one.value), .integer(other.value)]
        case .unfriended(let one, let other): ["e", .integer(one.value), .integer(other.value)]
        case .blocked(let block): ["k", .integer(block.by.value), .integer(block.user.value)]
        case .unblocked(let block): ["u", .integer(block.by.value), .integer(block.user.value)]
        case .sessionOpened(let opened): encode(opened)
        case .sessionClosed(let closed):
            [
                "c", .integer(closed.user.value), .string(closed.session.value), text(closed.device),
                .string(closed.reason.rawValue),
            ]
        case .sessionsEnded(let ended):
            [
                "s", .integer(ended.user.value), text(ended.kept?.value), .bool(ended.isDeleted),
                .array(ended.sessions.map { .string($0.value) }),
            ]
        case .nodeLost(let node): ["n", .string(node.value)]
        }
    }

    static func decode(_ value: JSONValue) -> RoutingChange? {
        let one = value[1]?.intValue ?? 0
        let two = value[2]?.intValue ?? 0
        switch value[0]?.stringValue {
        case "b": return .founded(GroupID(one), UserID(two))
        case "p": return .promoted(GroupID(one), UserID(two))
        case "q": return .demoted(GroupID(one), UserID(two))
        case "j": return .joined(GroupID(one), UserID(two))
        case "l": return .left(GroupID(one), UserID(two))
        case "d": return .groupDeleted(GroupID(one))
        case "f": return .befriended(UserID(one), UserID(two))
        case "e": return .unfriended(UserID(one), UserID(two))
        case "k": return .blocked(Block(by: UserID(one), user: UserID(two)))
        case "u": return .unblocked(Block(by: UserID(one), user: UserID(two)))
        case "o": return opened(value)
        case "c":
            guard let session = value[2]?.stringValue,
                let reason = value[4]?.stringValue.flatMap(SessionClosed.Reason.init)
            else { return nil }
            return .sessionClosed(
                SessionClosed(
                    user: UserID(one), session: SessionID(session), device: value[3]?.stringValue, reason: reason))
        case "s":
            return .sessionsEnded(
                SessionsEnded(
                    user: UserID(one), kept: value[2]?.stringValue.map { SessionID($0) },
                    sessions: (value[4]?.arrayValue ?? []).compactMap { $0.stringValue.map { SessionID($0) } },
                    isDeleted: value[3]?.boolValue ?? false))
        case "n": return value[1]?.stringValue.map { .nodeLost(NodeName($0)) }
        default: return nil
        }
    }

    private static func encode(_ opened: SessionOpened) -> JSONValue {
        [
            "o", .integer(opened.user.value), .string(opened.session.value), text(opened.device),
            .string(opened.node.value), .integer(opened.term), text(opened.replaced?.value), text(opened.forgotten),
            text(opened.forgottenSession?.value),
        ]
    }

    private static func opened(_ value: JSONValue) -> RoutingChange? {
        guard let user = value[1]?.intValue, let session = value[2]?.stringValue, let node = value[4]?.stringValue,
            let term = value[5]?.intValue
        else { return nil }
        return .sessionOpened(
            SessionOpened(
                user: UserID(user), session: SessionID(session), device: value[3]?.stringValue, node: NodeName(node),
                term: term, tokenDigest: "", replaced: value[6]?.stringValue.map { SessionID($0) },
                forgotten: value[7]?.stringValue, forgottenSession: value[8]?.stringValue.map { SessionID($0) }))
    }

    private static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
