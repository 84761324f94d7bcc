import ChatDomain

/// What is said, and what is done to it.
extension History {
    /// How often somebody with somebody to talk to is looked for.
    private static let attempts = 16
    /// Reactions of which one may be taken back.
    private static let takenBack = 64
    /// Users in one acknowledgement of a node.
    private static let acknowledging = 40

    mutating func say() -> Draft? {
        for _ in 0..<Self.attempts {
            guard let sender = somebody(), let talk = talk(of: sender) else { continue }
            let last = talks[talk].seq
            let message = MessageSent(
                conversation: talks[talk].conversation, from: people[sender].id,
                text: words.text(plan.textBytes, &random),
                replyTo: last > 0 && random.perMille(30) ? max(1, last - Int64(random.below(5))) : nil)
            return Draft(event: .messageSent(message), actor: sender, talk: talk)
        }
        return nil
    }

    /// A message that its sender may still do something to.
    private mutating func own() -> Int? {
        guard !recent.isEmpty else { return nil }
        let index = random.below(recent.count)
        let message = recent[index]
        guard !message.isRecalled, people[message.sender].session != nil, talks[message.talk].isOpen,
            talks[message.talk].members.contains(message.sender)
        else { return nil }
        return index
    }

    mutating func edit() -> Draft? {
        guard let index = own() else { return nil }
        let (message, by) = (recent[index].reference, recent[index].sender)
        let edit = MessageEdited(message: message, by: people[by].id, text: words.text(plan.textBytes, &random))
        return Draft(event: .messageEdited(edit), actor: by, talk: recent[index].talk)
    }

    mutating func recall() -> Draft? {
        guard let index = own() else { return nil }
        recent[index].isRecalled = true
        let by = recent[index].sender
        let recall = MessageRecalled(message: recent[index].reference, by: people[by].id)
        return Draft(event: .messageRecalled(recall), actor: by, talk: recent[index].talk)
    }

    mutating func react() -> Draft? {
        guard !recent.isEmpty else { return nil }
        let message = recent[random.below(recent.count)]
        let members = talks[message.talk].members
        guard !message.isRecalled, talks[message.talk].isOpen, !members.isEmpty else { return nil }
        let by = members[random.below(members.count)]
        guard people[by].session != nil else { return nil }
        let (reference, user) = (message.reference, people[by].id)
        let emoji = HistoryWords.emojis[random.zipf(HistoryWords.emojis.count)]
        if case .reaction(let given) = state(of: .reaction(reference, user)), given.emojis.contains(emoji) {
            return nil
        }
        if reactions.count == Self.takenBack { reactions.removeFirst() }
        reactions.append(HistoryReaction(talk: message.talk, by: by, reference: reference, emoji: emoji))
        let addition = ReactionAdded(message: reference, by: user, emoji: emoji)
        return Draft(event: .reactionAdded(addition), actor: by, talk: message.talk)
    }

    mutating func takeReactionBack() -> Draft? {
        guard !reactions.isEmpty else { return nil }
        let reaction = reactions.remove(at: random.below(reactions.count))
        guard people[reaction.by].session != nil, talks[reaction.talk].isOpen,
            talks[reaction.talk].members.contains(reaction.by),
            case .message(let state) = state(of: .message(reaction.reference)), !state.isRecalled
        else { return nil }
        let removal = ReactionRemoved(
            message: reaction.reference, by: people[reaction.by].id, emoji: reaction.emoji)
        return Draft(event: .reactionRemoved(removal), actor: reaction.by, talk: reaction.talk)
    }

    mutating func read() -> Draft? {
        guard let reader = somebody(), let talk = talk(of: reader) else { return nil }
        let (conversation, user) = (talks[talk].conversation, people[reader].id)
        var known: Int64 = 0
        if case .read(let state) = state(of: .read(conversation, by: user)) { known = state.seq }
        guard talks[talk].seq > known, talks[talk].lastSender != reader else { return nil }
        let event = ConversationRead(
            conversation: conversation, user: user, seq: talks[talk].seq,
            members: talks[talk].group == nil ? nil : talks[talk].members.count)
        return Draft(event: .conversationRead(event), actor: reader)
    }

    /// A node writes down how far some of its sessions have come.
    mutating func acknowledge() -> Draft? {
        guard !online.isEmpty else { return nil }
        let node = random.below(Self.nodes.count)
        var entries: [FeedAcknowledged.Entry] = []
        for _ in 0..<Self.acknowledging {
            let person = online[random.below(online.count)]
            guard let session = people[person].session, session.node == node,
                people[person].acknowledged < position
            else { continue }
            people[person].acknowledged = position
            entries.append(
                FeedAcknowledged.Entry(
                    user: people[person].id, device: session.device, position: Position(position),
                    delivered: takeDelivered(person)))
        }
        guard !entries.isEmpty else { return nil }
        return Draft(event: .feedAcknowledged(FeedAcknowledged(entries: entries)), node: node)
    }

    /// So few that all together keep to `FeedAcknowledged.maximumEntries`; the rest comes the next time.
    private mutating func takeDelivered(_ person: Int) -> [FeedAcknowledged.Delivered] {
        let most = FeedAcknowledged.maximumEntries / Self.acknowledging - 1
        let talks = people[person].undelivered.keys.sorted().prefix(most)
        return talks.compactMap { talk in
            guard let seq = people[person].undelivered.removeValue(forKey: talk),
                let other = self.talks[talk].members.first(where: { $0 != person })
            else { return nil }
            return FeedAcknowledged.Delivered(with: people[other].id, seq: seq)
        }
    }
}
