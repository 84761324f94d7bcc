public import ChatDomain
import JSONText

/// An event as the log keeps it.
public struct StoredEvent: Sendable, Hashable {
    /// The stable name.
    public var type: String
    /// The version of the payload's schema.
    public var schema: Int
    /// The exact bytes of the payload's JSON.
    public var payload: [UInt8]

    /// A stored event.
    public init(type: String, schema: Int, payload: [UInt8]) {
        self.type = type
        self.schema = schema
        self.payload = payload
    }
}

/// The stored form of events: one JSON object each, what is personal sealed in its member `sealed`.
///
/// What stands in the stream's name is not repeated in a message's payload, the most frequent one.
public enum EventCodec {
    /// Writes an event that lives in `stream`, in the newest schema.
    ///
    /// `time`, in microseconds since 1970 UTC, is the one that `sealSubject(of:at:)` was asked with. Throws what the
    /// sealer throws; an event without anything personal never calls it.
    public static func encode(
        _ event: ChatEvent, in stream: StreamName, sealer: any Sealer, at time: Int64
    ) throws -> StoredEvent {
        if case .messageSent(let message) = event {
            return try encode(message, in: stream, sealer: sealer, at: time)
        }
        var payload = PayloadWriter.payload(of: event)
        if let subject = sealSubject(of: event, at: time), let plain = PersonalData.plain(of: event) {
            let context = context(event.type, stream)
            if let box = try sealer.seal(plain, subject: subject, context: context) {
                payload[sealedMember] = sealed(box)
            }
        }
        return StoredEvent(
            type: event.type.rawValue, schema: currentSchema(of: event.type),
            payload: JSONValue.object(payload).encoded())
    }

    /// Reads an event. What is personal is nil without an opener, and where the opener has no key any more.
    public static func decode(
        type: String, schema: Int, payload: [UInt8], stream: StreamName, opener: (any Opener)?
    ) throws(EventCodecError) -> ChatEvent {
        if let message = try message(type: type, schema: schema, payload: payload, stream: stream, opener: opener) {
            return .messageSent(message)
        }
        guard let type = EventType(rawValue: type) else { throw .unknownType(type) }
        let members = try Upcaster.bringUp(try object(payload, type), of: type, from: schema)
        let reader = PayloadReader(type: type, members: members)
        var event = try reader.event(in: stream)
        guard let opener, let box = members[sealedMember] else { return event }
        let sealed = try sealedText(box, reader)
        if let plain = opener.open(sealed, context: context(type, stream)) {
            try PersonalData.restore(plain, in: &event)
        }
        return event
    }

    /// Whose key seals an event that is decided at a time in microseconds since 1970 UTC; nil if nothing in it is
    /// personal.
    public static func sealSubject(of event: ChatEvent, at time: Int64) -> SealSubject? {
        guard PersonalData.isPresent(in: event) else { return nil }
        return switch event {
        case .userRegistered(let event): .person(event.user)
        case .passwordChanged(let event): .person(event.user)
        case .sessionOpened(let event): .person(event.user)
        case .messageSent(let event): .texts(event.from, quarter: Quarter(at: time))
        case .messageEdited(let event): .texts(event.by, quarter: Quarter(at: time))
        case .loginRefused(let event): event.user.map { .person($0) } ?? .nobody(Quarter(at: time))
        case .auditQueried: .nobody(Quarter(at: time))
        default: nil
        }
    }

    /// The key that a payload needs, without reading all of it; nil if nothing in it is sealed.
    ///
    /// Within a JSON string the quotation marks of the sought bytes would be escaped: they are found only where
    /// they are the member itself.
    public static func keyID(of payload: [UInt8]) -> Int64? {
        guard var place = endOfKeyMarker(in: payload) else { return nil }
        return number(of: payload, &place)
    }

    /// Digits as `encode` writes them, of a number that is not negative; nil if there are none, or too many.
    static func number(of payload: [UInt8], _ place: inout Int) -> Int64? {
        let start = place
        var value: Int64 = 0
        while place < payload.count, case 0x30...0x39 = payload[place] {
            guard place < start + 18 else { return nil }
            value = value * 10 + Int64(payload[place] - 0x30)
            place += 1
        }
        return place > start && (place == start + 1 || payload[start] != 0x30) ? value : nil
    }

    /// The standard library's `firstRange` takes some 4 µs for a message, and every reader of the log asks.
    static func endOfKeyMarker(in payload: [UInt8]) -> Int? {
        let marker = keyMarker
        var start = 0
        while start + marker.count <= payload.count {
            var matched = 0
            while matched < marker.count, payload[start + matched] == marker[matched] { matched += 1 }
            if matched == marker.count { return start + matched }
            start += 1
        }
        return nil
    }

    static let sealedMember = "sealed"
    static let keyMarker = Array("\"\(sealedMember)\":{\"key\":".utf8)

    /// A box opens only as what it was sealed for: this type of event, in this stream.
    static func context(_ type: EventType, _ stream: StreamName) -> [UInt8] {
        var context: [UInt8] = []
        context.reserveCapacity(64)
        context.append(contentsOf: type.rawValue.utf8)
        context.append(UInt8(ascii: " "))
        context.append(contentsOf: stream.value.utf8)
        return context
    }

    private static func sealed(_ sealed: SealedText) -> JSONValue {
        ["key": .integer(sealed.keyID), "box": .string(Base64.encode(sealed.box))]
    }

    private static func sealedText(
        _ value: JSONValue, _ reader: PayloadReader
    ) throws(EventCodecError) -> SealedText {
        guard let key = value["key"]?.intValue, let box = value["box"]?.stringValue.flatMap(Base64.decode) else {
            throw reader.missing(sealedMember)
        }
        return SealedText(keyID: key, box: box)
    }

    private static func object(_ payload: [UInt8], _ type: EventType) throws(EventCodecError) -> JSONObject {
        guard let object = try? JSONValue.parse(payload).objectValue else {
            throw .malformed(type.rawValue, member: "")
        }
        return object
    }
}
