public import ChatDomain
public import EventCodec

/// A fold of the log into read tables of its own. It keeps no state: what it needs to know stands in an event.
public protocol Projection: Sendable {
    /// Its stable name.
    static var name: String { get }
    /// Raised with every change of tables or fold: tables of another version must be rebuilt.
    static var version: Int { get }
    /// The tables that it alone writes.
    static var tables: [TableSpec] { get }
    /// Tables that versions before had, and this one has no more: they go with their sets.
    static var formerTables: [String] { get }
    /// Views over live tables, its own and those of others.
    static var views: [ViewSpec] { get }
    /// The events that it wants; no other is decoded for it.
    static var eventTypes: Set<EventType> { get }
    /// Those of them in which it wants to see what is personal, where the key still lives.
    static var openedTypes: Set<EventType> { get }

    /// Whether it is so costly that it has a runner of its own, so that it holds back no other.
    static var runsAlone: Bool { get }

    /// A fold.
    init(environment: ProjectionEnvironment)

    /// Adds what the event does to the tables. Throws if it cannot: the projection then stops there.
    func apply(_ event: ProjectedEvent, into changes: inout RowChanges) throws(ProjectionError)
}

extension Projection {
    /// Most folds need nothing personal.
    public static var openedTypes: Set<EventType> { [] }
    /// Most have the tables that they always had.
    public static var formerTables: [String] { [] }
    /// Most folds cost little.
    public static var runsAlone: Bool { false }
}

/// What folds need that the domain does not know.
public struct ProjectionEnvironment: Sendable {
    /// NFKC and full case folding.
    public var fold: @Sendable (String) -> String

    /// An environment.
    public init(fold: @escaping @Sendable (String) -> String) { self.fold = fold }
}

/// An event with what the envelope says of it.
public struct ProjectedEvent: Sendable {
    /// The event.
    public var event: ChatEvent
    /// Its number in the log.
    public var position: Position
    /// When, in microseconds since 1970 UTC.
    public var recordedAt: Int64
    /// The stream in which it lives.
    public var stream: StreamName
    /// Its number in its stream.
    public var version: Int64
    /// Who caused it, if anyone.
    public var actor: UserID?
    /// Through which session, if any.
    public var session: SessionID?
    /// On which device, if any.
    public var device: String?
    /// Through which node; nil for a tool.
    public var node: NodeName?
    /// The quarter whose key sealed its text: that in which it was decided, a moment before it was recorded.
    public var quarter: Quarter

    /// An event and its envelope.
    public init(
        _ event: ChatEvent, position: Position, recordedAt: Int64, stream: StreamName, version: Int64,
        actor: UserID? = nil, session: SessionID? = nil, device: String? = nil, node: NodeName? = nil,
        quarter: Quarter? = nil
    ) {
        self.quarter = quarter ?? Quarter(at: recordedAt)
        self.event = event
        self.position = position
        self.recordedAt = recordedAt
        self.stream = stream
        self.version = version
        self.actor = actor
        self.session = session
        self.device = device
        self.node = node
    }
}

/// Why a fold cannot take an event.
public struct ProjectionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, without names or texts of people.
    public var reason: String
    /// An error.
    public init(_ reason: String) { self.reason = reason }
    /// What is wrong.
    public var description: String { reason }
}

/// All projections.
public enum ProjectionCatalog {
    /// Every projection, in the order in which tools show them.
    public static let all: [any Projection.Type] = [
        UserProjection.self, FriendProjection.self, GroupProjection.self, OfflineProjection.self,
        SessionProjection.self, ConversationProjection.self, SearchProjection.self, AuditProjection.self,
    ]

    /// The projection with this name.
    public static func named(_ name: String) -> (any Projection.Type)? { all.first { $0.name == name } }
}
