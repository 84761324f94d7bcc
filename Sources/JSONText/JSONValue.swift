/// A JSON value as RFC 8259 has it, with integers kept exact.
///
/// Numbers without fraction and exponent that fit 64 bits are `integer`; all others are `number`.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// The text of a string, else nil.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The value of an integer, else nil. A number such as `1.0` is not an integer.
    public var intValue: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The value of an integer or a number, else nil.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The value of a boolean, else nil.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements of an array, else nil.
    public var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members of an object, else nil.
    public var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// Whether this is `null`.
    public var isNull: Bool { self == .null }

    /// The member of an object by its name; nil if this is no object or has no such member.
    public subscript(_ name: String) -> JSONValue? { objectValue?[name] }

    /// The element of an array by its index; nil if this is no array or is shorter.
    public subscript(_ index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object with its members in the order given.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(uniqueMembers: elements))
    }
}

/// The members of a JSON object, in their order. Small objects: a look-up is a linear search.
public struct JSONObject: Sendable, Hashable {
    /// The members in their order; names are unique.
    public private(set) var members: [(name: String, value: JSONValue)]

    /// An object with these members; of several with one name the last one counts.
    public init(_ members: [(String, JSONValue)] = []) {
        self.members = []
        self.members.reserveCapacity(members.count)
        for (name, value) in members { self[name] = value }
    }

    /// An object with these members, of which no two have one name.
    init(uniqueMembers members: [(String, JSONValue)]) {
        assert(Set(members.map(\.0)).count == members.count, "two members have one name")
        // Element by element: to give them their labels all at once is a cast of each, with its type looked up.
        self.members = []
        self.members.reserveCapacity(members.count)
        for (name, value) in members { self.members.append((name: name, value: value)) }
    }

    /// The value of a member; setting nil removes it.
    public subscript(_ name: String) -> JSONValue? {
        get { members.first { $0.name == name }?.value }
        set {
            let index = members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append((name, value))
            case (nil, nil): break
            }
        }
    }

    /// Adds a member, or replaces the one with its name; `places` is the caller's, empty at the beginning. Many names are
    /// looked up in it, so that an object which fills a frame costs no quadratic time.
    mutating func add(_ name: String, _ value: JSONValue, places: inout [String: Int]) {
        guard members.count >= Self.searchedOneByOne else { return self[name] = value }
        if places.isEmpty {
            for (place, member) in members.enumerated() { places[member.name] = place }
        }
        if let place = places[name] {
            members[place].value = value
        } else {
            places[name] = members.count
            members.append((name, value))
        }
    }

    /// Members up to which looking at each of them is faster than a table.
    private static let searchedOneByOne = 16

    /// The number of members.
    public var count: Int { members.count }

    /// The names in their order.
    public var names: [String] { members.map(\.name) }

    /// Whether both have the same members, in whatever order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.name] == $0.value }
    }

    /// Feeds the members, without regard to their order.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for member in members {
            var own = Hasher()
            own.combine(member.name)
            own.combine(member.value)
            sum &+= own.finalize()
        }
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// An object with its members in the order given, each name once.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(uniqueMembers: elements) }
}
