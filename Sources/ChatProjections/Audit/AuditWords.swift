public import ChatDomain

/// The words under which events are found: short, and not always of one value only. Whoever finds an event by them looks
/// at the event itself.
public enum AuditWords {
    /// Between two words.
    static let space = UInt8(ascii: " ")
    /// Bits of the hash of a name.
    static let nameBits: UInt64 = 24
    /// Bits of the hash of a session.
    static let sessionBits: UInt64 = 32

    /// A user who did it or whom it names.
    public static func user(_ user: UserID) -> String { "u\(user)" }
    /// A user of whose device it says how far it has received its feed.
    public static func receiver(_ user: UserID) -> String { "r\(user)" }
    /// A group.
    public static func group(_ group: GroupID) -> String { "g\(group)" }
    /// A type of event.
    public static func type(_ name: String) -> String { "t" + code(name, bits: nameBits) }
    /// A device's name.
    public static func device(_ name: String) -> String { "d" + code(name, bits: nameBits) }
    /// A node.
    public static func node(_ node: NodeName) -> String { "n" + code(node.value, bits: nameBits) }
    /// How it came out.
    public static func outcome(_ outcome: String) -> String { "o" + code(outcome, bits: nameBits) }
    /// A session.
    public static func session(_ session: SessionID) -> String { "s" + code(session.value, bits: sessionBits) }

    /// The words of an event, each once.
    public static func words(of event: ProjectedEvent) -> [String] {
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

    private static func code(_ text: String, bits: UInt64) -> String {
        String(code(text.utf8, bits: bits), radix: 36)
    }

    /// FNV-1a (draft-eastlake-fnv), folded to so many bits; words show it in base 36.
    static func code(_ bytes: some Sequence<UInt8>, bits: UInt64) -> UInt32 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes {
            hash ^= UInt64(byte)
            hash &*= 0x100_0000_01B3
        }
        return UInt32(truncatingIfNeeded: (hash >> bits ^ hash) & (1 << bits - 1))
    }
}
