import ChatDomain
import JSONText

/// Takes the members of a payload, by name and kind.
struct PayloadReader {
    let type: EventType
    let members: JSONObject

    func missing(_ member: String) -> EventCodecError { .malformed(type.rawValue, member: member) }

    func integer(_ name: String) throws(EventCodecError) -> Int64 {
        guard let value = members[name]?.intValue else { throw missing(name) }
        return value
    }

    func string(_ name: String) throws(EventCodecError) -> String {
        guard let value = members[name]?.stringValue else { throw missing(name) }
        return value
    }

    func flag(_ name: String) throws(EventCodecError) -> Bool {
        guard let value = members[name]?.boolValue else { throw missing(name) }
        return value
    }

    func array(_ name: String) throws(EventCodecError) -> [JSONValue] {
        guard let value = members[name]?.arrayValue else { throw missing(name) }
        return value
    }

    func user(_ name: String) throws(EventCodecError) -> UserID { UserID(try integer(name)) }

    func group(_ name: String) throws(EventCodecError) -> GroupID { GroupID(try integer(name)) }

    func word<Word: RawRepresentable>(_ name: String) throws(EventCodecError) -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: try string(name)) else { throw missing(name) }
        return word
    }

    /// Nil if there is no such member.
    func optionalInteger(_ name: String) throws(EventCodecError) -> Int64? {
        members[name] == nil ? nil : try integer(name)
    }

    /// Nil if there is no such member.
    func optionalString(_ name: String) throws(EventCodecError) -> String? {
        members[name] == nil ? nil : try string(name)
    }
}

extension JSONObject {
    /// Adds a member if there is a value.
    mutating func set(_ name: String, _ value: Int64?) {
        if let value { self[name] = .integer(value) }
    }

    /// Adds a member if there is a value.
    mutating func set(_ name: String, _ value: String?) {
        if let value { self[name] = .string(value) }
    }
}
