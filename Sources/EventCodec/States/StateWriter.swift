import ChatDomain
import JSONText

/// The members of each state.
enum StateWriter {
    static func members(of state: StreamState) -> JSONObject {
        var members = JSONObject()
        switch state {
        case .account(let state):
            members.set("name", state.name)
            members.set("passwordHash", state.passwordHash)
            if state.isErased { members["erased"] = true }
        case .name(let state): members.set("owner", state.owner?.value)
        case .devices(let state): members["entries"] = .array(state.entries.map(entry))
        case .counts(let state):
            members["friends"] = .integer(Int64(state.friends))
            members["received"] = .integer(Int64(state.requestsReceived))
            members["sent"] = .integer(Int64(state.requestsSent))
        case .contact(let state):
            switch state.relation {
            case .none: break
            case .requested(let user): members["requestedBy"] = .integer(user.value)
            case .friends: members["friends"] = true
            }
            if !state.blockers.isEmpty {
                members["blockedBy"] = .array(state.blockers.sorted().map { .integer($0.value) })
            }
        case .group(let state):
            members["name"] = .string(state.name)
            members["description"] = .string(state.description)
            members["visibility"] = .string(state.visibility.rawValue)
            members["deleted"] = .bool(state.isDeleted)
        case .roster(let state):
            members["members"] = .integer(Int64(state.members))
            members["owner"] = .integer(state.owner.value)
        case .member(let state):
            members.set("role", state.role?.rawValue)
            if state.isInvited { members["invited"] = true }
            if state.wasKicked { members["kicked"] = true }
        case .message(let state):
            members["recalled"] = .bool(state.isRecalled)
            members["reactions"] = .array(
                state.reactions.sorted { $0.key < $1.key }.map { [.string($0.key), .integer(Int64($0.value))] })
        case .reaction(let state): members["emojis"] = .array(state.emojis.map(JSONValue.string))
        case .read(let state): members["seq"] = .integer(state.seq)
        case .node(let state): members["alive"] = .bool(state.isAlive)
        }
        return members
    }

    private static func entry(_ entry: DevicesState.Entry) -> JSONValue {
        var members = JSONObject()
        members.set("device", entry.device)
        members["session"] = .string(entry.session.value)
        members["open"] = .bool(entry.isOpen)
        members.set("tokenDigest", entry.tokenDigest)
        members["usedAt"] = .integer(entry.usedAt)
        return .object(members)
    }
}
