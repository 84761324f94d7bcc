public import ChatDomain
import JSONText

extension EventCodec {
    /// The schema in which events of a type are written today.
    public static func currentSchema(of type: EventType) -> Int { 1 }
}

/// Brings payloads of older schemas to today's shape, one version at a time.
enum Upcaster {
    /// From one schema of a type to the next.
    struct Step: Hashable {
        var type: EventType
        var from: Int
    }

    /// One entry for each (type, schema) that was ever written and is not the newest.
    static let table: [Step: @Sendable (JSONObject) -> JSONObject] = [:]

    static func bringUp(
        _ payload: JSONObject, of type: EventType, from schema: Int
    ) throws(EventCodecError) -> JSONObject {
        let newest = EventCodec.currentSchema(of: type)
        guard (1...newest).contains(schema) else { throw .unknownSchema(type.rawValue, schema) }
        var payload = payload
        for version in schema..<newest {
            guard let step = table[Step(type: type, from: version)] else {
                throw .unknownSchema(type.rawValue, version)
            }
            payload = step(payload)
        }
        return payload
    }
}
