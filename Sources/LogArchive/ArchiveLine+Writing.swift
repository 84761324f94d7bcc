import ChatApplication
import ChatDomain
import JSONText
import Sealing

/// The members of each kind of line. An event has no member `line`; every other line begins with it.
extension ArchiveLine {
    var members: JSONObject {
        switch self {
        case .header(let header): header.members
        case .secret(let secret):
            ["line": "secret", "name": .string(secret.name), "value": .string(Base64.encode(secret.value))]
        case .key(let key): key.members
        case .remembered(let key): key.members
        case .event(let event): event.members
        case .segment(let segment):
            [
                "line": "segment", "number": .integer(segment.number), "from": .integer(segment.from.value),
                "to": .integer(segment.to.value), "events": .integer(segment.count), "digest": .string(segment.digest),
            ]
        case .end(let end):
            [
                "line": "end", "events": .integer(end.events), "segments": .integer(end.segments),
                "digest": .string(end.digest),
            ]
        }
    }
}

extension ArchiveHeader {
    fileprivate var members: JSONObject {
        [
            "line": "header", "format": .string(Self.format), "formatVersion": .integer(Self.version),
            "epoch": .string(epoch),
            "lineage": .array(lineage.map(\.json)),
            "from": .integer(from.value), "to": .integer(to.value), "users": .integer(users),
            "groups": .integer(groups), "redacted": .bool(redacted),
        ]
    }
}

extension ArchivedKey {
    fileprivate var members: JSONObject {
        var members: JSONObject = [
            "line": "key", "id": .integer(id), "user": .integer(user.value), "purpose": .string(purpose),
        ]
        if !quarter.isEmpty { members["quarter"] = .string(quarter) }
        members["madeAt"] = .string(ArchiveTime.text(madeAt))
        if let destroyedAt { members["destroyedAt"] = .string(ArchiveTime.text(destroyedAt)) }
        if let key { members["key"] = .string(Base64.encode(key)) }
        return members
    }
}

extension RememberedKey {
    fileprivate var members: JSONObject {
        var members: JSONObject = ["line": "remembered", "key": .string(Base64.encode(key))]
        if let parameters { members["parameters"] = .string(Base64.encode(parameters)) }
        if let position { members["first"] = .integer(position.value) }
        if let version { members["version"] = .integer(version) }
        members["at"] = .string(ArchiveTime.text(recordedAt))
        if let result { members["result"] = .string(Base64.encode(result)) }
        return members
    }
}

extension RecordedEvent {
    /// The payload is shown as the JSON that it is; as `bytes` if writing that JSON again would give other bytes than
    /// those stored.
    fileprivate var members: JSONObject {
        var members: JSONObject = [
            "position": .integer(position.value), "type": .string(type), "schema": .integer(Int64(schema)),
            "stream": .string(stream.value), "version": .integer(version),
        ]
        if !touched.isEmpty { members["touched"] = .array(touched.map { .string($0.value) }) }
        if let actor = cause.actor { members["actor"] = .integer(actor.value) }
        if let session = cause.session { members["session"] = .string(session.value) }
        if let device = cause.device { members["device"] = .string(device) }
        if let node { members["node"] = .string(node.value) }
        members["time"] = .string(ArchiveTime.text(recordedAt))
        if let reference = cause.reference { members["cause"] = .string(reference) }
        if let shown = try? JSONValue.parse(payload), shown.encoded() == payload {
            members["payload"] = shown
        } else {
            members["bytes"] = .string(Base64.encode(payload))
        }
        return members
    }
}
