import ChatDomain
import CommandLineTool

/// What each event says, in words.
extension Transcript {
    /// Messages and what is done to them.
    func said(_ event: ChatEvent, in conversation: Conversation, _ played: Played) async throws -> Line? {
        guard let by = event.shownUsers.first else { return nil }
        let speaker = try await plain(by, played)
        let place =
            switch conversation {
            case .direct:
                "\(speaker) → \(try await plain(conversation.otherSide(of: by) ?? by, played))"
            case .group(let group): TranscriptText.label(try await self.group(group, event, played), speaker)
            }
        var line = Line(label: place, person: by, body: "", time: played.recordedAt)
        switch event {
        case .messageSent(let sent):
            let reply = sent.replyTo.map { "(to #\($0)) " } ?? ""
            line.body = "#\(played.version) \(reply)" + text(sent.text)
            line.isText = sent.text != nil
        case .messageEdited(let edited):
            line.body = "#\(edited.message.seq) is now: " + text(edited.text)
            line.isText = edited.text != nil
        case .messageRecalled(let recalled): line.body = "#\(recalled.message.seq) taken back"
        case .reactionAdded(let added):
            line.body = "#\(added.message.seq) \(DisplayText.printable(added.emoji))"
        case .reactionRemoved(let removed):
            line.body = "#\(removed.message.seq) \(DisplayText.printable(removed.emoji)) taken back"
        default: return nil
        }
        return line
    }

    private func text(_ text: String?) -> String {
        text.map { DisplayText.printable($0, keepsLines: true) } ?? note("(can no longer be read)")
    }

    /// What happens to a group and its members.
    func happening(_ event: ChatEvent, in group: GroupID, _ played: Played) async throws -> String? {
        switch event {
        case .groupCreated(let created): "created by \(try await user(created.owner, played))"
        case .groupUpdated(let updated): try await change(updated, played)
        case .groupDeleted(let deleted): "deleted by \(try await user(deleted.by, played))"
        case .memberInvited(let invited):
            "\(try await user(invited.by, played)) invited \(try await user(invited.user, played))"
        case .invitationDeclined(let declined): "\(try await user(declined.user, played)) declined the invitation"
        case .invitationWithdrawn(let taken):
            "\(try await user(taken.by, played)) took back the invitation of \(try await user(taken.user, played))"
        case .memberJoined(let joined):
            "\(try await user(joined.user, played)) joined" + note(", \(joined.members) members")
        case .memberLeft(let left): "\(try await user(left.user, played)) left" + note(", \(left.members) members")
        case .memberKicked(let kicked):
            "\(try await user(kicked.by, played)) removed \(try await user(kicked.user, played))"
                + note(", \(kicked.members) members")
        case .roleChanged(let changed):
            "\(try await user(changed.by, played)) made \(try await user(changed.user, played)) "
                + "\(changed.role == .member ? "a plain member" : "an \(changed.role.rawValue)")"
        case .ownershipPassed(let passed):
            "\(try await user(passed.from, played)) passed the group on to \(try await user(passed.to, played))"
        default: nil
        }
    }

    private func change(_ updated: GroupUpdated, _ played: Played) async throws -> String {
        let before = try await names.name(of: updated.group, at: played.position)
        let by = try await user(updated.by, played)
        if let before, before != updated.name { return "\(by) renamed it to \(DisplayText.printable(updated.name))" }
        let description = DisplayText.printable(updated.description)
        return "\(by) changed its settings: \(updated.visibility.rawValue), “\(description)”"
    }

    /// What happens between two, and to accounts.
    func about(_ event: ChatEvent, _ played: Played) async throws -> String? {
        switch event {
        case .userRegistered(let registered): "\(try await user(registered.user, played)) registered"
        case .accountDeleted(let deleted) where deleted.order != nil:
            "the account of \(try await user(deleted.user, played)) was deleted by an operator"
        case .accountDeleted(let deleted): "\(try await user(deleted.user, played)) deleted the account"
        case .friendRequested(let asked): try await between(asked.from, "asks", asked.to, "to be friends", played)
        case .friendRequestWithdrawn(let taken):
            try await between(taken.from, "takes back the request to", taken.to, "", played)
        case .friendRequestRejected(let rejected):
            try await between(rejected.to, "rejects the request of", rejected.from, "", played)
        case .friendshipMade(let made): try await between(made.from, "and", made.to, "are friends", played)
        case .friendshipEnded(let ended):
            try await between(ended.by, "ends the friendship with", ended.with, "", played)
        case .userBlocked(let blocked): try await between(blocked.by, "blocks", blocked.user, "", played)
        case .userUnblocked(let unblocked):
            try await between(unblocked.by, "no longer blocks", unblocked.user, "", played)
        default: nil
        }
    }

    private func between(
        _ one: UserID, _ verb: String, _ other: UserID, _ rest: String, _ played: Played
    ) async throws -> String {
        let pair = "\(try await user(one, played)) \(verb) \(try await user(other, played))"
        return rest.isEmpty ? pair : "\(pair) \(rest)"
    }
}
