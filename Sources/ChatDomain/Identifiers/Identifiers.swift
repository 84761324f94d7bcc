/// A user's number, from 1.
public struct UserID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number itself.
    public let value: Int64
    /// A user by number.
    public init(_ value: Int64) { self.value = value }
    /// Ascending by number.
    public static func < (left: UserID, right: UserID) -> Bool { left.value < right.value }
    /// The number.
    public var description: String { String(value) }
}

/// A group's number, from 1.
public struct GroupID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number itself.
    public let value: Int64
    /// A group by number.
    public init(_ value: Int64) { self.value = value }
    /// Ascending by number.
    public static func < (left: GroupID, right: GroupID) -> Bool { left.value < right.value }
    /// The number.
    public var description: String { String(value) }
}

/// A session's random name.
public struct SessionID: Sendable, Hashable, CustomStringConvertible {
    /// The name itself.
    public let value: String
    /// A session by name.
    public init(_ value: String) { self.value = value }
    /// The name.
    public var description: String { value }
}

/// A server node's name, as given with `--node`: 1 to 32 ASCII letters, digits, `-` and `_`.
public struct NodeName: Sendable, Hashable, CustomStringConvertible {
    /// The name itself.
    public let value: String
    /// A node by name.
    public init(_ value: String) { self.value = value }
    /// The name.
    public var description: String { value }
}
