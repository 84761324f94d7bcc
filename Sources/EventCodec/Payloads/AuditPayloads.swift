import ChatDomain
import JSONText

extension PayloadWriter {
    static func refusal(_ event: LoginRefused) -> JSONObject {
        var payload = JSONObject()
        payload.set("user", event.user?.value)
        for (outcome, count) in event.counts.sorted(by: { $0.key < $1.key }) {
            payload.set(outcome.rawValue, Int64(count))
        }
        payload["first"] = .integer(event.since)
        if event.isRest { payload["rest"] = true }
        return payload
    }

    static func question(_ event: AuditQueried) -> JSONObject {
        [
            "role": .string(event.by.role), "host": .string(event.by.host), "account": .string(event.by.account),
            "command": .string(event.command),
            "arguments": .array(event.arguments.map { [.string($0.name), .string($0.value)] }),
        ]
    }
}

extension PayloadReader {
    func refusal() throws(EventCodecError) -> LoginRefused {
        var counts: [LoginOutcome: Int] = [:]
        for outcome in LoginOutcome.allCases {
            counts[outcome] = try optionalInteger(outcome.rawValue).map { Int($0) }
        }
        return LoginRefused(
            user: try optionalInteger("user").map { UserID($0) }, counts: counts, since: try integer("first"),
            isRest: members["rest"] == nil ? false : try flag("rest"), address: nil)
    }

    func question() throws(EventCodecError) -> AuditQueried {
        var arguments: [AuditQueried.Argument] = []
        for value in try array("arguments") {
            guard let name = value[0]?.stringValue, let text = value[1]?.stringValue else {
                throw missing("arguments")
            }
            arguments.append(AuditQueried.Argument(name, text))
        }
        let by = AuditOrigin(role: try string("role"), host: try string("host"), account: try string("account"))
        return AuditQueried(by: by, command: try string("command"), arguments: arguments)
    }
}
