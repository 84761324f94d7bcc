public import ChatDomain
import JSONText

/// Messages go through every reader of the log: they are written and read without a JSON value in between.
extension EventCodec {
    /// What `encode` writes of a message, without its text: where the sealed box stands, if there is one.
    private struct MessageParts {
        var from: Int64 = 0
        var replyTo: Int64?
        var sealed: (key: Int64, box: Range<Int>)?
    }

    /// As `encode` writes any event.
    static func encode(
        _ message: MessageSent, in stream: StreamName, sealer: any Sealer, at time: Int64
    ) throws -> StoredEvent {
        var payload: [UInt8] = []
        payload.reserveCapacity(160 + 2 * (message.text?.utf8.count ?? 0))
        payload.append(contentsOf: fromMarker)
        JSONWriter.integer(message.from.value, into: &payload)
        if let replyTo = message.replyTo {
            payload.append(contentsOf: replyMarker)
            JSONWriter.integer(replyTo, into: &payload)
        }
        if let text = message.text {
            let subject = SealSubject.texts(message.from, quarter: Quarter(at: time))
            let context = context(.messageSent, stream)
            if let sealed = try sealer.seal(Array(text.utf8), subject: subject, context: context) {
                payload.append(UInt8(ascii: ","))
                payload.append(contentsOf: keyMarker)
                JSONWriter.integer(sealed.keyID, into: &payload)
                payload.append(contentsOf: boxMarker)
                Base64.encode(sealed.box, into: &payload)
                payload.append(contentsOf: boxEnd)
            }
        }
        payload.append(UInt8(ascii: "}"))
        return StoredEvent(
            type: EventType.messageSent.rawValue, schema: currentSchema(of: .messageSent), payload: payload)
    }

    /// A message that stands as `encode` writes it; nil for everything else, and for what is not well-formed.
    static func message(
        type: String, schema: Int, payload: [UInt8], stream: StreamName, opener: (any Opener)?
    ) throws(EventCodecError) -> MessageSent? {
        guard type == EventType.messageSent.rawValue, schema == currentSchema(of: .messageSent),
            let parts = parts(of: payload), let conversation = stream.conversation
        else { return nil }
        var message = MessageSent(
            conversation: conversation, from: UserID(parts.from), text: nil, replyTo: parts.replyTo)
        guard let opener, let sealed = parts.sealed else { return message }
        guard let box = Base64.decode(payload[sealed.box]) else { return nil }
        message.text = try text(of: SealedText(keyID: sealed.key, box: box), context(.messageSent, stream), opener)
        return message
    }

    /// The text of a message of the newest schema, without the rest of it; nil where the opener has no key any more.
    public static func text(
        ofMessage payload: [UInt8], in conversation: Conversation, opener: any Opener
    ) throws(EventCodecError) -> String? {
        if let sealed = parts(of: payload)?.sealed, let box = Base64.decode(payload[sealed.box]) {
            return try text(of: SealedText(keyID: sealed.key, box: box), context(conversation), opener)
        }
        let event = try decode(
            type: EventType.messageSent.rawValue, schema: currentSchema(of: .messageSent), payload: payload,
            stream: .messages(conversation), opener: opener)
        if case .messageSent(let message) = event { return message.text }
        return nil
    }

    private static func text(
        of sealed: SealedText, _ context: [UInt8], _ opener: any Opener
    ) throws(EventCodecError) -> String? {
        guard let plain = opener.open(sealed, context: context) else { return nil }
        guard let text = try? UTF8Span(validating: plain.span) else {
            throw .malformed(EventType.messageSent.rawValue, member: sealedMember)
        }
        return String(copying: text)
    }

    /// That of a message in the stream of this conversation, whose name need not be made for it.
    private static func context(_ conversation: Conversation) -> [UInt8] {
        var context: [UInt8] = []
        context.reserveCapacity(64)
        context.append(contentsOf: messageContext)
        switch conversation {
        case .direct(let one, let other):
            context.append(contentsOf: directMarker)
            JSONWriter.integer(one.value, into: &context)
            context.append(UInt8(ascii: ":"))
            JSONWriter.integer(other.value, into: &context)
        case .group(let group):
            context.append(contentsOf: groupMarker)
            JSONWriter.integer(group.value, into: &context)
        }
        return context
    }

    private static func parts(of payload: [UInt8]) -> MessageParts? {
        var parts = MessageParts()
        var place = 0
        guard take(fromMarker, of: payload, &place), let from = number(of: payload, &place) else { return nil }
        parts.from = from
        if take(replyMarker, of: payload, &place) {
            guard let replyTo = number(of: payload, &place) else { return nil }
            parts.replyTo = replyTo
        }
        if take(sealedMarker, of: payload, &place) {
            guard let key = number(of: payload, &place), take(boxMarker, of: payload, &place) else { return nil }
            let end = payload.count - boxEnd.count - 1
            guard end >= place, payload[end...].starts(with: boxEnd) else { return nil }
            parts.sealed = (key, place..<end)
            place = end + boxEnd.count
        }
        return place == payload.count - 1 && payload[place] == UInt8(ascii: "}") ? parts : nil
    }

    private static func take(_ marker: [UInt8], of payload: [UInt8], _ place: inout Int) -> Bool {
        guard place + marker.count <= payload.count else { return false }
        for index in marker.indices where payload[place + index] != marker[index] { return false }
        place += marker.count
        return true
    }

    private static let messageContext = Array("\(EventType.messageSent.rawValue) messages:".utf8)
    private static let directMarker = Array("direct:".utf8)
    private static let groupMarker = Array("group:".utf8)
    private static let fromMarker = Array("{\"from\":".utf8)
    private static let replyMarker = Array(",\"replyTo\":".utf8)
    private static let sealedMarker = [UInt8(ascii: ",")] + keyMarker
    private static let boxMarker = Array(",\"box\":\"".utf8)
    private static let boxEnd = Array("\"}".utf8)
}
