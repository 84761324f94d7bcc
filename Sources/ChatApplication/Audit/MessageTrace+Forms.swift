public import ChatDomain
public import JSONText
import WireProtocol

extension MessageTrace {
    /// All users in it.
    public var users: Set<UserID> {
        Set(message.users + members.map(\.user) + marks.flatMap(\.users) + (arrivals + readings).map(\.user))
    }

    /// `{"message", "members": [{"user", "role"?, "received": [{"device", "at", "position"}], "read"}]}`.
    public func visibility(_ names: AuditNames) -> JSONObject {
        let members: [JSONValue] = members.map { member in
            var object: JSONObject = ["user": names.json(member.user)]
            if let role = member.role { object["role"] = .string(role) }
            object["received"] = .array(arrivals.filter { $0.user == member.user }.map { .object(moment($0)) })
            object["read"] = readings.first { $0.user == member.user }.map { .object(moment($0)) } ?? .null
            return .object(object)
        }
        return ["message": .object(message.json(names)), "members": .array(members)]
    }

    /// A line for each member, for people.
    public func rows(_ names: AuditNames) -> [JSONObject] {
        members.map { member in
            let received = arrivals.filter { $0.user == member.user }.map { moment in
                "\(time(moment)) \(moment.device ?? "")"
            }
            let read = readings.first { $0.user == member.user }.map { moment in
                time(moment) + (moment.device.map { " \($0)" } ?? "")
            }
            return [
                "user": .string(names.text(member.user)),
                "role": .string(member.role ?? ""), "received": .string(received.joined(separator: ", ")),
                "read": .string(member.user == sender ? "said it" : read ?? ""),
            ]
        }
    }

    /// What happened to it, the oldest first: `{"position", "at", "what", "user", "device"?, "address"?, "node"?,
    /// "key"?, "text"?}`.
    public func story(_ names: AuditNames) -> [JSONObject] {
        var steps: [(Position, Int, JSONObject)] = [(message.recorded.position, 0, step(message, "sent", names))]
        for mark in marks { steps.append((mark.recorded.position, 1, step(mark, Self.word(mark), names))) }
        for (what, moments) in [("received", arrivals), ("read", readings)] {
            for told in moments {
                var object: JSONObject = [
                    "position": .integer(told.position.value), "at": .string(time(told)), "what": .string(what),
                    "user": names.json(told.user),
                ]
                if let device = told.device { object["device"] = .string(device) }
                steps.append((told.position, what == "read" ? 3 : 2, object))
            }
        }
        return steps.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    private static func word(_ mark: AuditEntry) -> String {
        switch mark.event {
        case .messageEdited: "edited"
        case .messageRecalled: "recalled"
        case .reactionAdded(let event): "reacted \(event.emoji)"
        case .reactionRemoved(let event): "took back \(event.emoji)"
        default: mark.recorded.type
        }
    }

    private func step(_ entry: AuditEntry, _ what: String, _ names: AuditNames) -> JSONObject {
        let full = entry.json(names)
        var object: JSONObject = [
            "position": full["position"] ?? .null, "at": full["at"] ?? .null, "what": .string(what),
            "user": full["actor"] ?? .null,
        ]
        for name in ["device", "address", "node", "key", "text"] {
            if let value = full[name] { object[name] = value }
        }
        return object
    }

    private func moment(_ moment: Moment) -> JSONObject {
        var object: JSONObject = ["at": .string(time(moment)), "position": .integer(moment.position.value)]
        if let device = moment.device { object["device"] = .string(device) }
        return object
    }

    private func time(_ moment: Moment) -> String { WireTime.text(microseconds: moment.at) }
}
