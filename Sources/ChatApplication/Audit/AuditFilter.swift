public import ChatDomain
import ChatProjections

/// What an auditor asks for; all that is given must hold.
public struct AuditFilter: Sendable {
    /// Who did it.
    public var actor: UserID?
    /// Who did it or whom it names. Of how far devices have received their feeds only if that type is asked for.
    public var user: UserID?
    /// In this group.
    public var group: GroupID?
    /// In this conversation.
    public var conversation: Conversation?
    /// Of one of these types; empty for all.
    public var types: Set<String> = []
    /// From one of these addresses.
    public var addresses: AddressRange?
    /// Through, by or about this node.
    public var node: NodeName?
    /// From a device of this name.
    public var device: String?
    /// It came out so.
    public var outcome: String?

    /// Whether acknowledgements concern those whose feeds they are about, even if they are not asked for by type.
    public var includesReceivers = false

    /// Everything.
    public init() {}

    /// Whether the users whose feeds an acknowledgement is about count as concerned.
    public var countsReceivers: Bool { includesReceivers || types.contains(EventType.feedAcknowledged.rawValue) }

    /// Whether an event is asked for.
    public func matches(_ entry: AuditEntry) -> Bool {
        let (facts, cause) = (entry.facts, entry.recorded.cause)
        if let actor, cause.actor != actor { return false }
        if let user, cause.actor != user, !facts.users.contains(user) {
            guard countsReceivers, facts.receivers.contains(user) else { return false }
        }
        if let group, facts.group != group { return false }
        if let conversation, facts.conversation != conversation { return false }
        if !types.isEmpty, !types.contains(entry.recorded.type) { return false }
        if let addresses, entry.address.map(addresses.contains) != true { return false }
        if let node, entry.recorded.node != node, facts.node != node { return false }
        if let device, cause.device != device { return false }
        if let outcome, !facts.outcomes.contains(outcome) { return false }
        return true
    }

    /// The words that a span must have, all of them, to hold an event that is asked for.
    public var words: [Int32] {
        var words: [Int32] = []
        if let actor { words.append(AuditWords.user(actor)) }
        if let user, !countsReceivers { words.append(AuditWords.user(user)) }
        if let group { words.append(AuditWords.group(group)) }
        switch conversation {
        case .direct(let one, let other): words += [AuditWords.user(one), AuditWords.user(other)]
        case .group(let group): words.append(AuditWords.group(group))
        case nil: break
        }
        if let node { words.append(AuditWords.node(node)) }
        if let device { words.append(AuditWords.device(device)) }
        if let outcome { words.append(AuditWords.outcome(outcome)) }
        if types.count == 1, let type = types.first { words.append(AuditWords.type(type)) }
        return words
    }

    /// Words of which a span must have one at least, of each of these lists.
    public var alternatives: [[Int32]] {
        var lists: [[Int32]] = []
        if types.count > 1 { lists.append(types.sorted().map(AuditWords.type)) }
        if let user, countsReceivers { lists.append([AuditWords.user(user), AuditWords.receiver(user)]) }
        return lists
    }
}
