public import ChatDomain
public import JSONText

/// A user as a client names one: by number or by name.
public enum UserReference: Sendable, Hashable {
    case id(UserID)
    case name(String)
}

/// A request's parameters by name; each accessor refuses what is not of its kind, naming the parameter.
public struct Parameters: Sendable {
    private let members: JSONObject

    /// Parameters as they came.
    public init(_ members: JSONObject) { self.members = members }

    /// Whether there is such a parameter; one that is null counts as absent.
    public func has(_ name: String) -> Bool { value(name) != nil }

    private func value(_ name: String) -> JSONValue? {
        guard let value = members[name], !value.isNull else { return nil }
        return value
    }

    /// A string that fits; absent or other values are refused.
    public func string(_ name: String, where fits: (String) -> Bool = { _ in true }) throws(RPCError) -> String {
        guard let text = value(name)?.stringValue, fits(text) else { throw .invalidParameter(name) }
        return text
    }

    /// A string that fits, or nil if absent.
    public func optionalString(
        _ name: String, where fits: (String) -> Bool = { _ in true }
    ) throws(RPCError) -> String? {
        has(name) ? try string(name, where: fits) : nil
    }

    /// An integer within the bounds.
    public func integer(_ name: String, in bounds: ClosedRange<Int64>) throws(RPCError) -> Int64 {
        guard let number = value(name)?.intValue, bounds.contains(number) else { throw .invalidParameter(name) }
        return number
    }

    /// An integer within the bounds, or nil if absent.
    public func optionalInteger(_ name: String, in bounds: ClosedRange<Int64>) throws(RPCError) -> Int64? {
        has(name) ? try integer(name, in: bounds) : nil
    }

    /// A boolean, or the default if absent.
    public func bool(_ name: String, default fallback: Bool) throws(RPCError) -> Bool {
        guard let value = value(name) else { return fallback }
        guard let bool = value.boolValue else { throw .invalidParameter(name) }
        return bool
    }

    /// How many entries of a page are wanted: the default if absent, never more than the maximum.
    public func limit(default fallback: Int, maximum: Int) throws(RPCError) -> Int {
        // Beyond 64 bits it is a number that no page holds, and no mistake.
        if case .number(let number)? = value("limit"), number >= 0x1p63 { return maximum }
        guard let number = try optionalInteger("limit", in: 1...Int64.max) else { return fallback }
        return Int(min(number, Int64(maximum)))
    }

    /// A user by number or by name.
    public func user(_ name: String) throws(RPCError) -> UserReference {
        switch value(name) {
        case .integer(let number): return .id(UserID(number))
        case .string(let text): return .name(text)
        default: throw .invalidParameter(name)
        }
    }

    /// A group by number.
    public func group(_ name: String = "group") throws(RPCError) -> GroupID {
        GroupID(try integer(name, in: Int64.min...Int64.max))
    }

    /// A conversation.
    public func conversation(_ name: String = "conversation") throws(RPCError) -> Conversation {
        guard let conversation = Conversation(try string(name)) else { throw .invalidParameter(name) }
        return conversation
    }
}
