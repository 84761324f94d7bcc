import ChatDomain
import EventCodec
import PostgresClient
import Sealing

/// The rows of a made log, as `COPY` takes them.
enum HistoryRows {
    static let eventColumns = """
        position, type, schema, stream, version, actor_id, session, device, node, recorded_at, cause, touched, payload
        """
    static let headColumns = "stream, version, position, state"
    static let keyColumns = "id, user_id, purpose, quarter, key, destroyed_at"

    /// The stored form, sealed. With the event that says so, a key is destroyed.
    static func row(_ event: HistoryEvent, keys: HistoryKeys) throws -> [PostgresValue] {
        if case .keyDestroyed(let destroyed) = event.event, let user = destroyed.user {
            keys.destroyPersonKey(of: user)
        }
        let stored = try EventCodec.encode(event.event, in: event.stream, sealer: keys, at: event.time)
        return [
            .int8(event.position), .text(stored.type), .int2(Int16(stored.schema)), .text(event.stream.value),
            .int8(event.version), event.actor.map { .int8($0.value) } ?? .null,
            event.session.map { .text($0.value) } ?? .null, event.device.map { .text($0) } ?? .null,
            event.node.map { .text($0.value) } ?? .null, .timestamptz(event.time), .text(String(event.position)),
            event.touched.isEmpty ? .null : .textArray(event.touched.map(\.value)), .bytes(stored.payload),
        ]
    }

    static func row(_ stream: StreamName, _ head: HistoryHead) -> [PostgresValue] {
        [
            .text(stream.value), .int8(head.version), .int8(head.position),
            head.state.map { .bytes(StateCodec.encode($0)) } ?? .null,
        ]
    }

    static func row(_ number: Int, _ key: HistoryKeys.Row, at time: Int64) -> [PostgresValue] {
        let (user, purpose, quarter): (UserID, String, String) =
            switch key.subject {
            case .person(let user): (user, "person", "")
            case .texts(let user, let quarter): (user, "texts", quarter.description)
            }
        return [
            .int8(Int64(number)), .int8(user.value), .text(purpose), .text(quarter),
            key.isDestroyed ? .null : .bytes(key.key.bytes), key.isDestroyed ? .timestamptz(time) : .null,
        ]
    }
}

extension History {
    /// Every stream with its head, in no order.
    var allHeads: [(stream: StreamName, head: HistoryHead)] {
        var all = heads.map { (stream: $0.key, head: $0.value) }
        for talk in talks {
            if talk.seq > 0 {
                all.append((talk.messages, HistoryHead(version: talk.seq, position: talk.lastPosition)))
            }
            if talk.markCount > 0 {
                all.append((talk.marks, HistoryHead(version: talk.markCount, position: talk.lastMark)))
            }
        }
        return all
    }
}
