import ChatApplication
import ChatDomain
import JSONText
import RedisClient

/// The fields of a node's stream: a header in JSON, the line as it goes to clients, and personal lines by user.
///
/// Neither addresses nor digests of tokens go to Redis; the lines do, see the decision on the fan-out.
enum EntryCodec {
    static func id(of entry: FanOutEntry) -> RedisStreamID {
        switch entry {
        case .item(let item, _): RedisStreamID(UInt64(item.position.value))
        case .watermark(let position, _, let tick): RedisStreamID(UInt64(position.value), UInt64(max(1, tick)))
        }
    }

    static func fields(of entry: FanOutEntry) -> [RedisArgument] {
        switch entry {
        case .watermark(_, let previous, _):
            return ["w", .string(String(previous.value))]
        case .item(let item, let previous):
            var fields: [RedisArgument] = ["h", .bytes(header(item, previous).encoded()), "l", .bytes(item.line)]
            for (user, line) in item.personal { fields += [.string("u\(user)"), .bytes(line)] }
            return fields
        }
    }

    static func decode(_ entry: RedisStreamEntry) -> FanOutEntry? {
        let position = Position(Int64(entry.id.major))
        if let previous = entry["w"].flatMap({ Int64(String(decoding: $0, as: UTF8.self)) }) {
            return .watermark(position, previous: Position(previous), tick: Int64(entry.id.minor))
        }
        guard let bytes = entry["h"], let header = try? JSONValue.parse(bytes), let line = entry["l"],
            let previous = header["p"]?.intValue, let at = header["t"]?.intValue
        else { return nil }
        var personal: [UserID: [UInt8]] = [:]
        for field in entry.fields where field.name.first == UInt8(ascii: "u") {
            let digits = String(decoding: field.name.dropFirst(), as: UTF8.self)
            if let user = Int64(digits) { personal[UserID(user)] = field.value }
        }
        let item = FeedItem(
            position: position, at: at, audience: audience(header), routing: header["r"].flatMap(RoutingCodec.decode),
            mark: mark(header), origin: header["o"]?.stringValue.map { SessionID($0) }, line: line, personal: personal,
            direct: direct(header), receipts: (header["c"]?.arrayValue ?? []).compactMap(ReceiptCodec.decode))
        return .item(item, previous: Position(previous))
    }

    private static func header(_ item: FeedItem, _ previous: Position) -> JSONValue {
        var object: JSONObject = ["p": .integer(previous.value), "t": .integer(item.at)]
        if !item.audience.users.isEmpty { object["a"] = .array(item.audience.users.map { .integer($0.value) }) }
        if let group = item.audience.group { object["g"] = .integer(group.value) }
        if let admins = item.audience.admins { object["m"] = .integer(admins.value) }
        if let origin = item.origin { object["o"] = .string(origin.value) }
        if let mark = item.mark { object["m"] = [.integer(mark.message.value), .bool(mark.isRecall)] }
        if let routing = item.routing { object["r"] = RoutingCodec.encode(routing) }
        if let direct = item.direct { object["s"] = [.integer(direct.from.value), .integer(direct.seq)] }
        if !item.receipts.isEmpty { object["c"] = .array(item.receipts.map(ReceiptCodec.encode)) }
        return .object(object)
    }

    private static func mark(_ header: JSONValue) -> FeedItem.Mark? {
        guard let message = header["m"]?[0]?.intValue, let isRecall = header["m"]?[1]?.boolValue else { return nil }
        return FeedItem.Mark(message: Position(message), isRecall: isRecall)
    }

    private static func direct(_ header: JSONValue) -> FeedItem.DirectMessage? {
        guard let from = header["s"]?[0]?.intValue, let seq = header["s"]?[1]?.intValue else { return nil }
        return FeedItem.DirectMessage(from: UserID(from), seq: seq)
    }

    private static func audience(_ header: JSONValue) -> Audience {
        Audience(
            users: (header["a"]?.arrayValue ?? []).compactMap { $0.intValue.map { UserID($0) } },
            group: header["g"]?.intValue.map { GroupID($0) }, admins: header["m"]?.intValue.map { GroupID($0) })
    }
}

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
