import ChatDomain
import JSONText

/// What is personal in an event, as the bytes that are sealed: a text as it is, anything else as a JSON object.
enum PersonalData {
    static func isPresent(in event: ChatEvent) -> Bool {
        switch event {
        case .messageSent(let event): event.text != nil
        case .messageEdited(let event): event.text != nil
        case .userRegistered(let event): event.name != nil || event.passwordHash != nil || event.address != nil
        case .passwordChanged(let event): event.passwordHash != nil
        case .sessionOpened(let event): event.address != nil
        case .loginRefused(let event): event.address != nil
        case .auditQueried(let event): event.address != nil
        default: false
        }
    }

    static func plain(of event: ChatEvent) -> [UInt8]? {
        var members = JSONObject()
        switch event {
        case .messageSent(let event): return event.text.map { Array($0.utf8) }
        case .messageEdited(let event): return event.text.map { Array($0.utf8) }
        case .userRegistered(let event):
            members.set("name", event.name)
            members.set("passwordHash", event.passwordHash)
            members.set("address", event.address)
        case .passwordChanged(let event): members.set("passwordHash", event.passwordHash)
        case .sessionOpened(let event): members.set("address", event.address)
        case .loginRefused(let event): members.set("address", event.address)
        case .auditQueried(let event): members.set("address", event.address)
        default: break
        }
        return members.count == 0 ? nil : JSONValue.object(members).encoded()
    }

    private static func text(_ plain: [UInt8], of event: ChatEvent) throws(EventCodecError) -> String {
        guard let text = try? UTF8Span(validating: plain.span) else { throw unreadable(event) }
        return String(copying: text)
    }

    static func restore(_ plain: [UInt8], in event: inout ChatEvent) throws(EventCodecError) {
        switch event {
        case .messageSent(var message):
            message.text = try text(plain, of: event)
            event = .messageSent(message)
        case .messageEdited(var edit):
            edit.text = try text(plain, of: event)
            event = .messageEdited(edit)
        case .userRegistered(var registration):
            let members = try object(plain, event)
            registration.name = members["name"]?.stringValue
            registration.passwordHash = members["passwordHash"]?.stringValue
            registration.address = members["address"]?.stringValue
            event = .userRegistered(registration)
        case .passwordChanged(var change):
            change.passwordHash = try object(plain, event)["passwordHash"]?.stringValue
            event = .passwordChanged(change)
        case .sessionOpened(var opening):
            opening.address = try object(plain, event)["address"]?.stringValue
            event = .sessionOpened(opening)
        case .loginRefused(var refusal):
            refusal.address = try object(plain, event)["address"]?.stringValue
            event = .loginRefused(refusal)
        case .auditQueried(var question):
            question.address = try object(plain, event)["address"]?.stringValue
            event = .auditQueried(question)
        default: break
        }
    }

    private static func object(_ plain: [UInt8], _ event: ChatEvent) throws(EventCodecError) -> JSONObject {
        guard let object = try? JSONValue.parse(plain).objectValue else { throw unreadable(event) }
        return object
    }

    private static func unreadable(_ event: ChatEvent) -> EventCodecError {
        .malformed(event.type.rawValue, member: EventCodec.sealedMember)
    }
}
