import ChatApplication
import ChatDomain
import JSONText
import Sealing

/// A line from its members; nil if something is missing or of the wrong kind.
extension ArchiveLine {
    init?(_ members: JSONObject) {
        guard let kind = members["line"] else {
            guard let event = RecordedEvent(members) else { return nil }
            self = .event(event)
            return
        }
        let line: ArchiveLine? =
            switch kind.stringValue {
            case "header": ArchiveHeader(members).map { .header($0) }
            case "secret": ArchivedSecret(members).map { .secret($0) }
            case "key": ArchivedKey(members).map { .key($0) }
            case "remembered": RememberedKey(members).map { .remembered($0) }
            case "segment": ArchiveSegment(members).map { .segment($0) }
            case "end": ArchiveEnd(members).map { .end($0) }
            default: nil
            }
        guard let line else { return nil }
        self = line
    }
}

extension JSONObject {
    fileprivate func time(_ name: String) -> Int64? {
        self[name]?.stringValue.flatMap(ArchiveTime.microseconds)
    }

    fileprivate func bytes(_ name: String) -> [UInt8]? { self[name]?.stringValue.flatMap(Base64.decode) }

    /// Whether a member that may be missing is there and of the wrong kind.
    fileprivate func lacks<Value>(_ name: String, _ value: Value?) -> Bool { self[name] != nil && value == nil }
}

extension ArchiveHeader {
    fileprivate init?(_ members: JSONObject) {
        guard members["format"]?.stringValue == Self.format, members["formatVersion"]?.intValue == Self.version,
            let lives = members["lineage"]?.arrayValue, let from = members["from"]?.intValue,
            let to = members["to"]?.intValue, let users = members["users"]?.intValue,
            let groups = members["groups"]?.intValue, let redacted = members["redacted"]?.boolValue
        else { return nil }
        var lineage: [Life] = []
        for life in lives {
            guard let life = life.objectValue.flatMap({ Life($0) }) else { return nil }
            lineage.append(life)
        }
        self.init(
            lineage: lineage, from: Position(from), to: Position(to), users: users, groups: groups, redacted: redacted)
        guard !lineage.isEmpty, members["epoch"]?.stringValue == epoch, from >= 1, to >= from - 1 else { return nil }
    }
}

extension ArchivedSecret {
    fileprivate init?(_ members: JSONObject) {
        guard let name = members["name"]?.stringValue, let value = members.bytes("value") else { return nil }
        self.init(name: name, value: value)
    }
}

extension ArchivedKey {
    fileprivate init?(_ members: JSONObject) {
        let destroyedAt = members.time("destroyedAt")
        let key = members.bytes("key")
        guard let id = members["id"]?.intValue, let user = members["user"]?.intValue,
            let purpose = members["purpose"]?.stringValue, let madeAt = members.time("madeAt"),
            (key == nil) != (destroyedAt == nil)
        else { return nil }
        self.init(
            id: id, user: UserID(user), purpose: purpose, quarter: members["quarter"]?.stringValue ?? "",
            madeAt: madeAt, destroyedAt: destroyedAt, key: key)
    }
}

extension RememberedKey {
    fileprivate init?(_ members: JSONObject) {
        let parameters = members.bytes("parameters")
        let result = members.bytes("result")
        guard let key = members.bytes("key"), key.count == 16, let at = members.time("at"),
            !members.lacks("parameters", parameters), !members.lacks("result", result),
            parameters.map({ $0.count == 16 }) ?? true
        else { return nil }
        self.init(
            key: key, parameters: parameters, position: members["first"]?.intValue.map { Position($0) },
            version: members["version"]?.intValue, recordedAt: at, result: result)
    }
}

extension ArchiveSegment {
    fileprivate init?(_ members: JSONObject) {
        guard let number = members["number"]?.intValue, let from = members["from"]?.intValue,
            let to = members["to"]?.intValue, let digest = members["digest"]?.stringValue
        else { return nil }
        self.init(number: number, from: Position(from), to: Position(to), digest: digest)
        guard members["events"]?.intValue == count else { return nil }
    }
}

extension ArchiveEnd {
    fileprivate init?(_ members: JSONObject) {
        guard let events = members["events"]?.intValue, let segments = members["segments"]?.intValue,
            let digest = members["digest"]?.stringValue
        else { return nil }
        self.init(events: events, segments: segments, digest: digest)
    }
}

extension RecordedEvent {
    fileprivate init?(_ members: JSONObject) {
        guard let position = members["position"]?.intValue, let type = members["type"]?.stringValue,
            let schema = members["schema"]?.intValue.flatMap({ Int16(exactly: $0) }),
            let stream = members["stream"]?.stringValue, let version = members["version"]?.intValue,
            let time = members.time("time"), let payload = members.bytes("bytes") ?? members["payload"]?.encoded()
        else { return nil }
        var touched: [StreamName] = []
        for name in members["touched"]?.arrayValue ?? [] {
            guard let name = name.stringValue else { return nil }
            touched.append(StreamName(name))
        }
        let cause = Cause(
            actor: members["actor"]?.intValue.map { UserID($0) },
            session: members["session"]?.stringValue.map { SessionID($0) }, device: members["device"]?.stringValue,
            reference: members["cause"]?.stringValue)
        self.init(
            position: Position(position), type: type, schema: Int(schema), stream: StreamName(stream),
            version: version, touched: touched, cause: cause, node: members["node"]?.stringValue.map { NodeName($0) },
            recordedAt: time, payload: payload)
    }
}
