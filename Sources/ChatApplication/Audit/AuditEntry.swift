public import ChatDomain
public import EventCodec
public import JSONText
import ChatProjections
import WireProtocol

/// An event as an auditor sees it.
public struct AuditEntry: Sendable {
    /// As it stands in the log.
    public var recorded: RecordedEvent
    /// The life of the log in which it was appended.
    public var epoch: String
    /// What it says; nil if it was written by a newer program, or is broken.
    public var event: ChatEvent?
    /// Whom and what it concerns.
    public var facts: AuditFacts
    /// From where, as far as that can still be read.
    public var address: String?

    /// An event, decoded; one that cannot be is shown by its envelope.
    public init(_ recorded: RecordedEvent, epoch: String, opener: (any Opener)? = nil) {
        self.recorded = recorded
        self.epoch = epoch
        event = try? EventCodec.decode(
            type: recorded.type, schema: recorded.schema, payload: recorded.payload, stream: recorded.stream,
            opener: opener)
        facts = event?.auditFacts(in: recorded.stream, version: recorded.version) ?? AuditFacts()
        address = event?.ownAddress
    }

    /// The users whom it concerns besides the one who did it.
    public var subjects: [UserID] {
        (facts.users + facts.receivers.filter { !facts.users.contains($0) }).filter { $0 != recorded.cause.actor }
    }

    /// All whom it concerns: their names are shown.
    public var users: [UserID] { (recorded.cause.actor.map { [$0] } ?? []) + subjects }

    /// The words by which the projection finds it; none of what a newer program wrote.
    public var words: [Int32] {
        guard let event else { return [] }
        let cause = recorded.cause
        return AuditWords.words(
            of: ProjectedEvent(
                event, position: recorded.position, recordedAt: recorded.recordedAt, stream: recorded.stream,
                version: recorded.version, actor: cause.actor, session: cause.session, device: cause.device,
                node: recorded.node))
    }

    /// The node through which it came, or that it is about.
    public var node: NodeName? { recorded.node ?? facts.node }

    /// How it came out; several are joined by commas.
    public var outcome: String? { facts.outcomes.isEmpty ? nil : facts.outcomes.joined(separator: ",") }

    /// The text that was said; nil if there is none, or nobody can read it any more.
    public var text: String? {
        switch event {
        case .messageSent(let sent): sent.text
        case .messageEdited(let edited): edited.text
        default: nil
        }
    }
}

extension ChatEvent {
    /// The address that the event itself says.
    fileprivate var ownAddress: String? {
        switch self {
        case .userRegistered(let event): event.address
        case .sessionOpened(let event): event.address
        case .loginRefused(let event): event.address
        default: nil
        }
    }
}

/// The names of users, as far as they are known.
public struct AuditNames: Sendable {
    private var names: [UserID: String] = [:]

    /// Nobody is known.
    public init() {}

    /// A user's name; nil for one who is deleted.
    public subscript(user: UserID) -> String? {
        get { names[user] }
        set { names[user] = newValue }
    }

    /// `{"id", "name"}`.
    public func json(_ user: UserID) -> JSONValue {
        ["id": .integer(user.value), "name": self[user].map { .string($0) } ?? .null]
    }

    /// For people: the name, or the number with a sign before it.
    public func text(_ user: UserID) -> String { self[user] ?? "#\(user)" }
}

extension AuditEntry {
    /// The fields of version 1 of the command lines, in their order.
    public func json(_ names: AuditNames) -> JSONObject {
        var object: JSONObject = [
            "position": .integer(recorded.position.value), "epoch": .string(epoch), "type": .string(recorded.type),
            "at": .string(WireTime.text(microseconds: recorded.recordedAt)),
            "actor": recorded.cause.actor.map(names.json) ?? .null,
            "subjects": .array(subjects.map(names.json)),
        ]
        if let group = facts.group { object["group"] = .integer(group.value) }
        for (name, value) in optionalFields { if let value { object[name] = value } }
        return object
    }

    private var optionalFields: [(String, JSONValue?)] {
        [
            ("conversation", facts.conversation.map { .string($0.description) }),
            ("seq", facts.seq.map { .integer($0) }), ("device", recorded.cause.device.map { .string($0) }),
            ("address", address.map { .string($0) }), ("node", node.map { .string($0.value) }),
            ("key", recorded.cause.reference.map { .string($0) }), ("outcome", outcome.map { .string($0) }),
            ("text", text.map { .string($0) }),
        ]
    }

    /// The columns of the comma-separated form.
    public static let csvColumns = [
        "position", "epoch", "type", "at", "actor_id", "actor", "subject_ids", "subjects", "group", "conversation",
        "seq", "device", "address", "node", "key", "outcome", "text",
    ]

    /// A line of the comma-separated form, by RFC 4180, without its end. Several subjects are parted by spaces, their
    /// names by semicolons.
    public func csv(_ names: AuditNames) -> String {
        let actor = recorded.cause.actor
        let fields: [String] = [
            "\(recorded.position)", epoch, recorded.type, WireTime.text(microseconds: recorded.recordedAt),
            actor.map { "\($0)" } ?? "", actor.flatMap { names[$0] } ?? "",
            subjects.map(\.description).joined(separator: " "),
            subjects.map { names[$0] ?? "" }.joined(separator: ";"),
            facts.group.map { "\($0)" } ?? "", facts.conversation.map { "\($0)" } ?? "",
            facts.seq.map { "\($0)" } ?? "", recorded.cause.device ?? "", address ?? "", node?.value ?? "",
            recorded.cause.reference ?? "", outcome ?? "", text ?? "",
        ]
        return fields.map(CSVField.text).joined(separator: ",")
    }

    /// The row of a table for people.
    public func row(_ names: AuditNames) -> JSONObject {
        var row: JSONObject = [
            "position": .integer(recorded.position.value),
            "at": .string(WireTime.text(microseconds: recorded.recordedAt)), "type": .string(recorded.type),
            "actor": .string(recorded.cause.actor.map(names.text) ?? ""),
            "subjects": .string(Self.list(subjects.map(names.text))), "where": .string(place),
            "device": .string(recorded.cause.device ?? ""), "address": .string(address ?? ""),
            "node": .string(node?.value ?? ""), "outcome": .string(counted ?? outcome ?? ""),
        ]
        row["text"] = .string(text ?? "")
        return row
    }

    private var place: String {
        let conversation = facts.conversation?.description ?? facts.group.map { "group:\($0)" } ?? ""
        return conversation + (facts.seq.map { " #\($0)" } ?? "")
    }

    /// How often a login came out in each way.
    private var counted: String? {
        guard case .loginRefused(let refused) = event else { return nil }
        let counts = refused.counts.filter { $0.value > 0 }.sorted { $0.key < $1.key }
        return counts.map { "\($0.key.rawValue) ×\($0.value)" }.joined(separator: ", ")
    }

    private static let listed = 4

    private static func list(_ names: [String]) -> String {
        let rest = names.count - listed
        return names.prefix(listed).joined(separator: ", ") + (rest > 0 ? ", and \(rest) more" : "")
    }
}

/// A field of RFC 4180.
enum CSVField {
    /// In quotation marks where it needs them. What a spreadsheet would take for a formula is told by a mark before it.
    static func text(_ text: String) -> String {
        var text = text
        if let first = text.utf8.first, "=+-@\t\r".utf8.contains(first) { text = "'" + text }
        guard text.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
