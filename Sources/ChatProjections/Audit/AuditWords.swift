public import ChatDomain

/// The words under which events are found: numbers of 32 bits, not always of one value only. Whoever finds an event by
/// them looks at the event itself.
public enum AuditWords {
    /// What a word says, in its upper bits.
    private enum Kind: UInt32 {
        case user, receiver, group, type, device, node, outcome, session
    }

    /// Bits of a word that say which one.
    static let valueBits: UInt64 = 29

    /// A user who did it or whom it names.
    public static func user(_ user: UserID) -> Int32 { word(.user, numbered: user.value) }
    /// A user of whose device it says how far it has received its feed.
    public static func receiver(_ user: UserID) -> Int32 { word(.receiver, numbered: user.value) }
    /// A group.
    public static func group(_ group: GroupID) -> Int32 { word(.group, numbered: group.value) }
    /// A type of event.
    public static func type(_ name: String) -> Int32 { word(.type, code(name.utf8)) }
    /// A device's name.
    public static func device(_ name: String) -> Int32 { device(code(name.utf8)) }
    /// A node.
    public static func node(_ node: NodeName) -> Int32 { Self.node(code(node.value.utf8)) }
    /// How it came out.
    public static func outcome(_ outcome: String) -> Int32 { word(.outcome, code(outcome.utf8)) }
    /// A session.
    public static func session(_ session: SessionID) -> Int32 { Self.session(code(session.value.utf8)) }

    /// The words of names whose codes are at hand.
    static func device(_ code: UInt32) -> Int32 { word(.device, code) }
    static func node(_ code: UInt32) -> Int32 { word(.node, code) }
    static func session(_ code: UInt32) -> Int32 { word(.session, code) }

    /// The words of an event, each once.
    public static func words(of event: ProjectedEvent) -> [Int32] {
        let facts = event.event.auditFacts(in: event.stream, version: event.version)
        var words = [type(event.event.type.rawValue)]
        if let actor = event.actor { words.append(user(actor)) }
        words += facts.users.filter { $0 != event.actor }.map(user)
        words += facts.receivers.map(receiver)
        if let group = facts.group { words.append(Self.group(group)) }
        if let device = event.device { words.append(Self.device(device)) }
        let nodes = [event.node, facts.node].compactMap { $0 }
        if let first = nodes.first { words.append(node(first)) }
        if let second = nodes.dropFirst().first, second != nodes.first { words.append(node(second)) }
        words += facts.outcomes.map(outcome)
        if let session = event.session { words.append(Self.session(session)) }
        return words
    }

    /// Numbers of users and groups count from 1: nearly all stand for themselves.
    private static func word(_ kind: Kind, numbered number: Int64) -> Int32 {
        let bits = UInt64(bitPattern: number)
        return word(kind, UInt32(truncatingIfNeeded: (bits >> valueBits ^ bits) & (1 << valueBits - 1)))
    }

    private static func word(_ kind: Kind, _ value: UInt32) -> Int32 {
        Int32(bitPattern: kind.rawValue << UInt32(valueBits) | value)
    }

    /// FNV-1a (draft-eastlake-fnv), folded to so many bits.
    static func code(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes {
            hash ^= UInt64(byte)
            hash &*= 0x100_0000_01B3
        }
        return UInt32(truncatingIfNeeded: (hash >> valueBits ^ hash) & (1 << valueBits - 1))
    }
}
