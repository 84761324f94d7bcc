/// Why stored bytes could not be read. It names types and members, never what they hold.
public enum EventCodecError: Error, Sendable, Hashable {
    /// The type is not one that this program knows: it was written by a newer one.
    case unknownType(String)
    /// The type is known, its schema is newer than this program.
    case unknownSchema(EventTypeName, Int)
    /// The payload lacks this member, or it is of the wrong kind.
    case malformed(EventTypeName, member: String)
    /// The inline state of a stream of this kind is of a version that this program does not know.
    case unknownStateVersion(String)
    /// The inline state of a stream of this kind cannot be read.
    case malformedState(String)

    /// An event type's stable name.
    public typealias EventTypeName = String
}
