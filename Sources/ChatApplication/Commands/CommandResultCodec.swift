import ChatDomain
import JSONText

/// The form in which a result is kept with an idempotency key.
enum CommandResultCodec {
    static func encode(_ result: CommandResult) -> [UInt8] {
        let value: JSONValue
        switch result {
        case .done: value = ["kind": "done"]
        case .registered(let user, let name):
            value = ["kind": "registered", "user": .integer(user.value), "name": .string(name)]
        case .opened(let user, let device):
            value = ["kind": "opened", "user": .integer(user.value), "device": device.map { .string($0) } ?? .null]
        case .friendState(let state): value = ["kind": "friend", "state": .string(state.rawValue)]
        case .group(let id, let group, let members, let role):
            value = [
                "kind": "group", "group": .integer(id.value), "name": .string(group.name),
                "description": .string(group.description), "visibility": .string(group.visibility.rawValue),
                "members": .integer(Int64(members)), "role": .string(role.rawValue),
            ]
        case .sent(let conversation):
            value = ["kind": "sent", "conversation": .string(conversation.description)]
        case .marked: value = ["kind": "marked"]
        }
        return value.encoded()
    }

    static func decode(_ bytes: [UInt8]) -> CommandResult? {
        guard let value = try? JSONValue.parse(bytes), let kind = value["kind"]?.stringValue else { return nil }
        switch kind {
        case "done": return .done
        case "marked": return .marked
        case "registered":
            guard let user = value["user"]?.intValue, let name = value["name"]?.stringValue else { return nil }
            return .registered(UserID(user), name: name)
        case "opened":
            guard let user = value["user"]?.intValue else { return nil }
            return .opened(user: UserID(user), device: value["device"]?.stringValue)
        case "friend":
            return value["state"]?.stringValue.flatMap(CommandResult.FriendState.init).map { .friendState($0) }
        case "group": return group(value)
        case "sent": return value["conversation"]?.stringValue.flatMap { Conversation($0) }.map { .sent($0) }
        default: return nil
        }
    }

    private static func group(_ value: JSONValue) -> CommandResult? {
        guard let id = value["group"]?.intValue, let name = value["name"]?.stringValue,
            let description = value["description"]?.stringValue, let members = value["members"]?.intValue,
            let visibility = value["visibility"]?.stringValue.flatMap(Visibility.init),
            let role = value["role"]?.stringValue.flatMap(Role.init)
        else { return nil }
        let state = GroupState(name: name, description: description, visibility: visibility)
        return .group(GroupID(id), state, members: Int(members), role: role)
    }
}
