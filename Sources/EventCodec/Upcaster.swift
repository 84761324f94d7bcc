public import ChatDomain
import JSONText

extension EventCodec {
    /// The schema in which events of a type are written today.
    public static func currentSchema(of type: EventType) -> Int { type.schemas.newest }

    /// Every schema in which events of a type were ever written.
    public static func storedSchemas(of type: EventType) -> ClosedRange<Int> { 1...currentSchema(of: type) }
}

/// The schemas in which a type's payloads were ever written, numbered from 1, the newest last.
///
/// A new schema is a new case, and the build fails until `broughtUp` says how it and those before it are read: there is
/// no stored schema without an upcaster.
protocol StoredSchema: RawRepresentable, CaseIterable, Sendable where RawValue == Int {
    /// A payload of this schema in the shape of the newest one. An older one is brought to the next, which goes on.
    func broughtUp(_ payload: JSONObject) -> JSONObject
}

extension StoredSchema {
    static var newest: Int { allCases.map(\.rawValue).max() ?? 1 }
}

/// The history of a type that was only ever written in one shape.
enum FirstSchema: Int, StoredSchema {
    case first = 1

    func broughtUp(_ payload: JSONObject) -> JSONObject {
        switch self {
        case .first: payload
        }
    }
}

extension EventType {
    /// Each type names its history: one that is added has none until it is named here.
    var schemas: any StoredSchema.Type {
        switch self {
        case .userRegistered, .passwordChanged, .accountDeleted, .keyDestroyed, .sessionOpened, .sessionClosed,
            .nodeJoined, .nodeLost, .friendRequested, .friendRequestWithdrawn, .friendRequestRejected,
            .friendshipMade, .friendshipEnded, .userBlocked, .userUnblocked, .groupCreated, .groupUpdated,
            .groupDeleted, .memberInvited, .invitationDeclined, .invitationWithdrawn, .memberJoined, .memberLeft,
            .memberKicked, .roleChanged, .ownershipPassed, .messageSent, .messageEdited, .messageRecalled,
            .reactionAdded, .reactionRemoved, .conversationRead, .feedAcknowledged, .replayStarted, .replaySwapped,
            .replayRolledBack, .replayFailed, .replayDropped, .logImported, .logArchived, .loginRefused,
            .auditQueried:
            FirstSchema.self
        }
    }
}

/// Brings payloads of older schemas to today's shape.
enum Upcaster {
    static func bringUp(
        _ payload: JSONObject, of type: EventType, from schema: Int
    ) throws(EventCodecError) -> JSONObject {
        guard let payload = bringUp(payload, through: type.schemas, from: schema) else {
            throw .unknownSchema(type.rawValue, schema)
        }
        return payload
    }

    /// Nil for a schema that the history does not know.
    static func bringUp<Schema: StoredSchema>(
        _ payload: JSONObject, through _: Schema.Type, from schema: Int
    ) -> JSONObject? {
        Schema(rawValue: schema)?.broughtUp(payload)
    }
}
