import ChatApplication
import ChatDomain
import CommandLineTool

/// What is asked for, as it is given on the command line.
struct AuditFilterArguments: Sendable {
    static let options: [Option] = [
        .text("actor", "USER", help: "who did it: a name or a number"),
        .text("user", "USER", help: "who did it, or whom it concerns"),
        .integer("group", "ID", in: 1...Int.max, help: "in this group"),
        .text("conversation", "C", help: "in this conversation: direct:A:B or group:G"),
        .text("type", "TYPE", isRepeatable: true, help: "of this type, as MessageSent; several: of any of them"),
        .text("address", "IP", help: "from this address, or this network as 192.0.2.0/24"),
        .text("node", "NODE", help: "through, by or about this node"),
        .text("device", "DEVICE", help: "from a device of this name"),
        .text("outcome", "OUTCOME", help: "that came out so, as bad_credentials"),
    ]

    private let actor: String?
    private let user: String?
    private let rest: AuditFilter
    /// The address as given.
    let address: String?

    init(_ invocation: Invocation) throws(UsageError) {
        actor = invocation.text("actor")
        user = invocation.text("user")
        address = invocation.text("address")
        var rest = AuditFilter()
        rest.group = invocation.integer("group").map { GroupID(Int64($0)) }
        if let text = invocation.text("conversation") {
            guard let conversation = Conversation(text) else {
                throw UsageError("--conversation takes direct:A:B, the smaller number first, or group:G")
            }
            rest.conversation = conversation
        }
        for type in invocation.texts("type") {
            guard EventType(rawValue: type) != nil else {
                let known = EventType.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError("--type: there is no \(DisplayText.printable(type)); there are \(known)")
            }
            rest.types.insert(type)
        }
        if let address {
            guard let range = AddressRange(address) else {
                throw UsageError("--address takes an IP address, or a network as 192.0.2.0/24 or 2001:db8::/32")
            }
            rest.addresses = range
        }
        rest.node = invocation.text("node").map { NodeName($0) }
        rest.device = invocation.text("device")
        rest.outcome = invocation.text("outcome")
        for text in [rest.node?.value, rest.device, rest.outcome] where text?.utf8.contains(0) == true {
            throw UsageError("a filter holds no U+0000")
        }
        self.rest = rest
    }

    /// The filter, its users known.
    func filter(_ desk: AuditDesk) async throws -> AuditFilter {
        var filter = rest
        if let actor { filter.actor = try await desk.user(actor) }
        if let user { filter.user = try await desk.user(user) }
        return filter
    }

    /// What the journal says of it: users by number, and no address.
    func arguments(_ filter: AuditFilter) -> [AuditQueried.Argument] {
        var arguments: [AuditQueried.Argument] = []
        func add(_ name: String, _ value: (some CustomStringConvertible)?) {
            if let value { arguments.append(.init(name, value.description)) }
        }
        add("actor", filter.actor)
        add("user", filter.user)
        add("group", filter.group)
        add("conversation", filter.conversation)
        for type in filter.types.sorted() { add("type", type) }
        add("node", filter.node)
        add("device", filter.device)
        add("outcome", filter.outcome)
        return arguments
    }
}
