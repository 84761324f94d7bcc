public import ChatDomain
public import JSONText

/// What the log holds of one person, for that person.
public enum UserExport {
    /// One event: what an auditor sees of it, and `data`: what it says. Digests of names, passwords and tokens are left
    /// out; of what was said, the person's own words are there, and not what others said.
    public static func json(_ entry: AuditEntry, of user: UserID, _ names: AuditNames) -> JSONObject {
        var shown = entry
        if shown.recorded.cause.actor != user { shown.withholdText() }
        shown.facts.receivers = []
        var object = shown.json(names)
        object["data"] = .object(data(shown, user))
        return object
    }

    private static let withheld: Set<String> = ["sealed", "nameDigest", "tokenDigest"]

    private static func data(_ entry: AuditEntry, _ user: UserID) -> JSONObject {
        let stored = (try? JSONValue.parse(entry.recorded.payload))?.objectValue ?? [:]
        var data = JSONObject()
        for name in stored.names where !withheld.contains(name) { data[name] = stored[name] }
        switch entry.event {
        case .userRegistered(let registered):
            data["name"] = registered.name.map { .string($0) }
            data["address"] = registered.address.map { .string($0) }
        case .sessionOpened(let opened): data["address"] = opened.address.map { .string($0) }
        case .loginRefused(let refused): data["address"] = refused.address.map { .string($0) }
        // Of an acknowledgement of many, what is the person's.
        case .feedAcknowledged:
            let entries = stored["entries"]?.arrayValue ?? []
            data["entries"] = .array(entries.filter { $0[0]?.intValue == user.value })
        default: break
        }
        return data
    }
}

extension AuditEntry {
    /// Leaves the text out.
    fileprivate mutating func withholdText() {
        switch event {
        case .messageSent(var sent):
            sent.text = nil
            event = .messageSent(sent)
        case .messageEdited(var edited):
            edited.text = nil
            event = .messageEdited(edited)
        default: break
        }
    }
}
