import ChatApplication
import ChatDomain
import PostgresClient

/// What PostgreSQL can tell of a filter, so that what cannot be meant is not sent: no event that is meant is left out.
struct AuditPrefilter {
    private(set) var conditions: [String] = []
    private(set) var parameters: [PostgresValue]

    /// Parameters are numbered behind those that are there.
    init(_ filter: AuditFilter, after parameters: [PostgresValue]) {
        self.parameters = parameters
        if let actor = filter.actor { add("e.actor_id = $?", .int8(actor.value)) }
        if !filter.types.isEmpty { add("e.type = any($?)", .textArray(filter.types.sorted())) }
        if let device = filter.device { add("e.device = $?", .text(device)) }
        if let user = filter.user { addUser(user) }
        if let node = filter.node { add("(e.type <> \(Self.message) or e.node = $?)", .text(node.value)) }
        if let group = filter.group { addStream(.messages(.group(group))) }
        if let conversation = filter.conversation { addStream(.messages(conversation)) }
        if filter.outcome != nil {
            add("e.type = any($?)", .textArray(Self.outcomeTypes.map(\.rawValue)))
        }
        if let range = filter.addresses { addAddresses(range) }
    }

    /// Joined by `and`, with an `and` before them; empty if there are none.
    var sql: String { conditions.map { " and \($0)" }.joined() }

    private static let message = "'\(EventType.messageSent.rawValue)'"

    /// Of those that `AuditFacts` knows outcomes of.
    private static let outcomeTypes: [EventType] = [.loginRefused, .sessionClosed, .nodeLost, .replayFailed]

    private mutating func add(_ condition: String, _ values: PostgresValue...) {
        var text = ""
        var rest = values[...]
        for character in condition {
            if character == "?", let value = rest.popFirst() {
                parameters.append(value)
                text += "\(parameters.count)"
            } else {
                text.append(character)
            }
        }
        conditions.append(text)
    }

    /// Of what others said, only what was said to the user.
    private mutating func addUser(_ user: UserID) {
        add(
            """
            (e.type <> \(Self.message) or e.actor_id = $? or e.stream like $? or e.stream like $?)
            """, .int8(user.value), .text("messages:direct:\(user):%"), .text("messages:direct:%:\(user)"))
    }

    private mutating func addStream(_ stream: StreamName) {
        add("(e.type <> \(Self.message) or e.stream = $?)", .text(stream.value))
    }

    /// What is not folded yet says its address itself.
    private mutating func addAddresses(_ range: AddressRange) {
        add(
            """
            (e.session in (select a.session from chat.audit_addresses a
                    where a.session is not null and a.place between $? and $?)
                or e.position in (select a.position from chat.audit_addresses a where a.place between $? and $?)
                or e.position > (select p.position from chat.audit_progress p))
            """, .text(range.first), .text(range.last), .text(range.first), .text(range.last))
    }
}
