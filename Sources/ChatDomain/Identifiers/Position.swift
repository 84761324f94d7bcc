/// An event's number in the log: from 1, without gaps, in the order of the commits. 0 stands before the first.
public struct Position: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number itself.
    public let value: Int64

    /// A position by its number.
    public init(_ value: Int64) { self.value = value }

    /// Before the first event.
    public static let start = Position(0)

    /// The position `count` events further on.
    public func advanced(by count: Int64) -> Position { Position(value + count) }

    /// The order of the log.
    public static func < (left: Position, right: Position) -> Bool { left.value < right.value }

    /// The number.
    public var description: String { String(value) }
}
