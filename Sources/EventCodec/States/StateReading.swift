import ChatDomain
import JSONText

/// The states from their members; nil if something is missing or of the wrong kind.
enum StateReading {
    static func state(_ members: JSONObject, kind: String) -> StreamState? {
        switch kind {
        case "account":
            .account(
                AccountState(
                    name: members["name"]?.stringValue, passwordHash: members["passwordHash"]?.stringValue,
                    isErased: members["erased"]?.boolValue ?? false))
        case "name": .name(NameState(owner: user(members["owner"])))
        case "devices": devices(members).map { .devices($0) }
        case "counts": counts(members).map { .counts($0) }
        case "contact": .contact(ContactState(relation: relation(members), blockers: blockers(members)))
        case "group": group(members).map { .group($0) }
        case "roster": roster(members).map { .roster($0) }
        case "member": member(members).map { .member($0) }
        case "message": message(members).map { .message($0) }
        case "reaction": reaction(members).map { .reaction($0) }
        case "read": members["seq"]?.intValue.map { .read(ReadState(seq: $0)) }
        case "node": members["alive"]?.boolValue.map { .node(NodeState(isAlive: $0)) }
        default: nil
        }
    }

    private static func user(_ value: JSONValue?) -> UserID? { value?.intValue.map { UserID($0) } }

    private static func devices(_ members: JSONObject) -> DevicesState? {
        guard let values = members["entries"]?.arrayValue else { return nil }
        let entries = values.compactMap(entry)
        return entries.count == values.count ? DevicesState(entries: entries) : nil
    }

    private static func entry(_ value: JSONValue) -> DevicesState.Entry? {
        guard let session = value["session"]?.stringValue, let isOpen = value["open"]?.boolValue,
            let usedAt = value["usedAt"]?.intValue
        else { return nil }
        return DevicesState.Entry(
            device: value["device"]?.stringValue, session: SessionID(session), isOpen: isOpen,
            tokenDigest: value["tokenDigest"]?.stringValue, usedAt: usedAt)
    }

    private static func counts(_ members: JSONObject) -> CountsState? {
        guard let friends = members["friends"]?.intValue, let received = members["received"]?.intValue,
            let sent = members["sent"]?.intValue
        else { return nil }
        return CountsState(friends: Int(friends), requestsReceived: Int(received), requestsSent: Int(sent))
    }

    private static func relation(_ members: JSONObject) -> ContactState.Relation {
        if let asker = user(members["requestedBy"]) { return .requested(by: asker) }
        return members["friends"]?.boolValue == true ? .friends : .none
    }

    private static func blockers(_ members: JSONObject) -> Set<UserID> {
        Set((members["blockedBy"]?.arrayValue ?? []).compactMap { user($0) })
    }

    private static func group(_ members: JSONObject) -> GroupState? {
        guard let name = members["name"]?.stringValue, let description = members["description"]?.stringValue,
            let visibility = members["visibility"]?.stringValue.flatMap(Visibility.init(rawValue:)),
            let isDeleted = members["deleted"]?.boolValue
        else { return nil }
        return GroupState(name: name, description: description, visibility: visibility, isDeleted: isDeleted)
    }

    private static func roster(_ members: JSONObject) -> RosterState? {
        guard let count = members["members"]?.intValue, let owner = user(members["owner"]) else { return nil }
        return RosterState(members: Int(count), owner: owner)
    }

    private static func message(_ members: JSONObject) -> MessageState? {
        guard let isRecalled = members["recalled"]?.boolValue, let pairs = members["reactions"]?.arrayValue else {
            return nil
        }
        var state = MessageState(isRecalled: isRecalled)
        for pair in pairs {
            guard let emoji = pair[0]?.stringValue, let count = pair[1]?.intValue else { return nil }
            state.reactions[emoji] = Int(count)
        }
        return state
    }

    private static func reaction(_ members: JSONObject) -> ReactionState? {
        guard let values = members["emojis"]?.arrayValue else { return nil }
        let emojis = values.compactMap { $0.stringValue }
        return emojis.count == values.count ? ReactionState(emojis: emojis) : nil
    }

    private static func member(_ members: JSONObject) -> MemberState? {
        var state = MemberState(
            role: nil, isInvited: members["invited"] == true, wasKicked: members["kicked"] == true)
        guard let word = members["role"] else { return state }
        guard let role = word.stringValue.flatMap(Role.init(rawValue:)) else { return nil }
        state.role = role
        return state
    }
}
