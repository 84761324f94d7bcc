public import ChatDomain
import JSONText

/// The stored form of inline states: a JSON object with the version of its shape, read by its stream's name.
///
/// A state can be folded from the log again; so there are no upcasters, and an unknown version is an error that
/// the caller may answer with a fold.
public enum StateCodec {
    /// The version of the shape in which states are written.
    public static let version: Int64 = 1

    /// Writes a state.
    public static func encode(_ state: StreamState) -> [UInt8] {
        var members: JSONObject = ["v": .integer(version)]
        for member in StateWriter.members(of: state).members { members[member.name] = member.value }
        return JSONValue.object(members).encoded()
    }

    /// Reads the state of a stream.
    public static func decode(_ bytes: [UInt8], of stream: StreamName) throws(EventCodecError) -> StreamState {
        let kind = stream.value.split(separator: ":").first.map { String($0) } ?? ""
        guard let members = try? JSONValue.parse(bytes).objectValue, let found = members["v"]?.intValue else {
            throw .malformedState(kind)
        }
        guard found == version else { throw .unknownStateVersion(kind) }
        guard let state = StateReading.state(members, kind: kind) else { throw .malformedState(kind) }
        return state
    }
}
