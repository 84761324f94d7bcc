import ChatDomain
import WireProtocol

/// What members are shown of their groups.
extension FeedEncoder {
    /// The push of an event of a group; nil if it is none, or the group is not to be found.
    func groupChange(_ position: Position, _ event: ChatEvent, _ settings: GroupState?) -> Push? {
        let wire = GroupChangePush(position: position, directory: directory, settings: settings)
        return switch event {
        case .groupCreated(let created): wire.push(created.group, .created, members: 1, by: created.owner)
        case .groupUpdated(let updated): wire.push(updated)
        case .groupDeleted(let deleted):
            wire.push(deleted.group, .deleted, members: deleted.members, by: deleted.by)
        case .memberJoined(let joined):
            wire.push(joined.group, .joined, joined.user, members: joined.members, by: joined.user)
        case .memberLeft(let left): wire.push(left.group, .left, left.user, members: left.members, by: left.user)
        case .memberKicked(let kicked):
            wire.push(kicked.group, .kicked, kicked.user, members: kicked.members, by: kicked.by)
        case .roleChanged(let changed):
            wire.push(changed.group, .role, changed.user, role: changed.role, by: changed.by)
        case .ownershipPassed(let passed): wire.push(passed.group, .role, passed.to, role: .owner, by: passed.from)
        case .memberInvited(let invited): wire.push(invited.group, .invited, invited.user, by: invited.by)
        case .invitationDeclined(let declined):
            wire.push(declined.group, .declined, declined.user, by: declined.user)
        case .invitationWithdrawn(let withdrawn):
            wire.push(withdrawn.group, .withdrawn, withdrawn.user, by: withdrawn.by)
        default: nil
        }
    }
}

private struct GroupChangePush {
    var position: Position
    var directory: Directory
    var settings: GroupState?

    private func group(_ id: GroupID, members: Int? = nil) -> WireGroup? {
        directory.group(id, members: members).map { group in
            guard let settings else { return group }
            var group = group
            group.name = settings.name
            group.description = settings.description
            group.visibility = settings.visibility
            return group
        }
    }

    /// Without `members` the group has as many as it has now.
    func push(
        _ group: GroupID, _ change: Push.GroupChange, _ user: UserID? = nil, members: Int? = nil, role: Role? = nil,
        by: UserID
    ) -> Push? {
        self.group(group, members: members).map {
            .groupChanged(position, $0, change, user: user.map(directory.user), role: role, by: directory.user(by))
        }
    }

    /// Shows the settings that the event brought, though others may have come since.
    func push(_ updated: GroupUpdated) -> Push? {
        group(updated.group).map { group in
            var group = group
            group.name = updated.name
            group.description = updated.description
            group.visibility = updated.visibility
            return .groupChanged(
                position, group, .updated, user: nil, role: nil, by: directory.user(updated.by))
        }
    }
}
