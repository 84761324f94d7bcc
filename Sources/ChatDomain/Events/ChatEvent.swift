/// A fact of the chat, in the past tense. What is personal is optional: nil once its key is destroyed.
public enum ChatEvent: Sendable, Hashable {
    case userRegistered(UserRegistered)
    case passwordChanged(PasswordChanged)
    case accountDeleted(AccountDeleted)
    case keyDestroyed(KeyDestroyed)
    case sessionOpened(SessionOpened)
    case sessionClosed(SessionClosed)
    case nodeJoined(NodeJoined)
    case nodeLost(NodeLost)
    case friendRequested(FriendRequested)
    case friendRequestWithdrawn(FriendRequestWithdrawn)
    case friendRequestRejected(FriendRequestRejected)
    case friendshipMade(FriendshipMade)
    case friendshipEnded(FriendshipEnded)
    case userBlocked(UserBlocked)
    case userUnblocked(UserUnblocked)
    case groupCreated(GroupCreated)
    case groupUpdated(GroupUpdated)
    case groupDeleted(GroupDeleted)
    case memberInvited(MemberInvited)
    case invitationDeclined(InvitationDeclined)
    case invitationWithdrawn(InvitationWithdrawn)
    case memberJoined(MemberJoined)
    case memberLeft(MemberLeft)
    case memberKicked(MemberKicked)
    case roleChanged(RoleChanged)
    case ownershipPassed(OwnershipPassed)
    case messageSent(MessageSent)
    case messageEdited(MessageEdited)
    case messageRecalled(MessageRecalled)
    case reactionAdded(ReactionAdded)
    case reactionRemoved(ReactionRemoved)
    case conversationRead(ConversationRead)
    case feedAcknowledged(FeedAcknowledged)
    case replayStarted(ReplayStarted)
    case replaySwapped(ReplaySwapped)
    case replayRolledBack(ReplayRolledBack)
    case replayFailed(ReplayFailed)
    case replayDropped(ReplayDropped)
    case logImported(LogImported)
    case logArchived(LogArchived)
    case loginRefused(LoginRefused)
    case auditQueried(AuditQueried)
}

/// The stable names of the events: in the log, the audit and the tools.
public enum EventType: String, Sendable, Hashable, CaseIterable {
    case userRegistered = "UserRegistered"
    case passwordChanged = "PasswordChanged"
    case accountDeleted = "AccountDeleted"
    case keyDestroyed = "KeyDestroyed"
    case sessionOpened = "SessionOpened"
    case sessionClosed = "SessionClosed"
    case nodeJoined = "NodeJoined"
    case nodeLost = "NodeLost"
    case friendRequested = "FriendRequested"
    case friendRequestWithdrawn = "FriendRequestWithdrawn"
    case friendRequestRejected = "FriendRequestRejected"
    case friendshipMade = "FriendshipMade"
    case friendshipEnded = "FriendshipEnded"
    case userBlocked = "UserBlocked"
    case userUnblocked = "UserUnblocked"
    case groupCreated = "GroupCreated"
    case groupUpdated = "GroupUpdated"
    case groupDeleted = "GroupDeleted"
    case memberInvited = "MemberInvited"
    case invitationDeclined = "InvitationDeclined"
    case invitationWithdrawn = "InvitationWithdrawn"
    case memberJoined = "MemberJoined"
    case memberLeft = "MemberLeft"
    case memberKicked = "MemberKicked"
    case roleChanged = "RoleChanged"
    case ownershipPassed = "OwnershipPassed"
    case messageSent = "MessageSent"
    case messageEdited = "MessageEdited"
    case messageRecalled = "MessageRecalled"
    case reactionAdded = "ReactionAdded"
    case reactionRemoved = "ReactionRemoved"
    case conversationRead = "ConversationRead"
    case feedAcknowledged = "FeedAcknowledged"
    case replayStarted = "ReplayStarted"
    case replaySwapped = "ReplaySwapped"
    case replayRolledBack = "ReplayRolledBack"
    case replayFailed = "ReplayFailed"
    case replayDropped = "ReplayDropped"
    case logImported = "LogImported"
    case logArchived = "LogArchived"
    case loginRefused = "LoginRefused"
    case auditQueried = "AuditQueried"
}
