public import ChatDomain

/// One event of every type.
public enum Samples {
    private static let operation = ReplayOrigin(role: "chat", host: "h1")
    private static let rollout = ReplayOrigin(role: "chat", host: "h1", node: NodeName("a"))
    private static let message = MessageReference(
        conversation: .direct(UserID(3), UserID(9)), seq: 55, position: Position(812))

    /// Their members are distinct, so that mixed up ones show.
    public static let events: [ChatEvent] = [
        .userRegistered(
            UserRegistered(
                user: UserID(3), nameDigest: "5ca1ab1e", name: "Zoë \"Z\"", passwordHash: "$argon2id$x",
                address: "192.0.2.7")),
        .passwordChanged(
            PasswordChanged(
                user: UserID(3), passwordHash: "$argon2id$y", session: SessionID("s2"),
                ended: [
                    EndedSession(session: SessionID("s3"), device: "desk"),
                    EndedSession(session: SessionID("s4"), device: nil),
                ])),
        .accountDeleted(
            AccountDeleted(
                user: UserID(3), nameDigest: "5ca1ab1e",
                ended: [EndedSession(session: SessionID("s3"), device: "desk")])),
        .keyDestroyed(KeyDestroyed(user: UserID(3), purpose: .person)),
        .sessionOpened(
            SessionOpened(
                user: UserID(3), session: SessionID("s2"), device: "phone", node: NodeName("a"), term: 5,
                tokenDigest: "70ce", replaced: SessionID("s1"), since: Position(41), forgotten: "old",
                forgottenSession: SessionID("s0"), address: "192.0.2.7")),
        .sessionClosed(
            SessionClosed(user: UserID(3), session: SessionID("s2"), device: "phone", reason: .disconnected)),
        .nodeJoined(NodeJoined(node: NodeName("a"))),
        .nodeLost(NodeLost(node: NodeName("a"), graceful: true)),
        .friendRequested(FriendRequested(from: UserID(3), to: UserID(9))),
        .friendRequestWithdrawn(FriendRequestWithdrawn(from: UserID(3), to: UserID(9))),
        .friendRequestRejected(FriendRequestRejected(from: UserID(3), to: UserID(9))),
        .friendshipMade(FriendshipMade(from: UserID(3), to: UserID(9))),
        .friendshipEnded(FriendshipEnded(by: UserID(3), with: UserID(9))),
        .userBlocked(UserBlocked(by: UserID(3), user: UserID(9))),
        .userUnblocked(UserUnblocked(by: UserID(3), user: UserID(9))),
        .groupCreated(
            GroupCreated(
                group: GroupID(7), owner: UserID(3), name: "climbers", description: "up \\ down",
                visibility: .invite)),
        .groupUpdated(
            GroupUpdated(
                group: GroupID(7), by: UserID(3), name: "hikers", description: "down", visibility: .open)),
        .groupDeleted(GroupDeleted(group: GroupID(7), by: UserID(3), members: 12)),
        .memberInvited(MemberInvited(group: GroupID(7), user: UserID(9), by: UserID(3))),
        .invitationDeclined(InvitationDeclined(group: GroupID(7), user: UserID(9))),
        .invitationWithdrawn(InvitationWithdrawn(group: GroupID(7), user: UserID(9), by: UserID(3))),
        .memberJoined(MemberJoined(group: GroupID(7), user: UserID(3), members: 12)),
        .memberLeft(MemberLeft(group: GroupID(7), user: UserID(3), members: 11)),
        .memberKicked(MemberKicked(group: GroupID(7), user: UserID(9), by: UserID(3), members: 10)),
        .roleChanged(RoleChanged(group: GroupID(7), user: UserID(9), by: UserID(3), role: .admin)),
        .ownershipPassed(OwnershipPassed(group: GroupID(7), from: UserID(3), to: UserID(9))),
        .messageSent(
            MessageSent(conversation: .group(GroupID(7)), from: UserID(3), text: "hi\u{0}👍", replyTo: 54)),
        .messageEdited(MessageEdited(message: message, by: UserID(3), text: "ho\u{0}👎")),
        .messageRecalled(MessageRecalled(message: message, by: UserID(3))),
        .reactionAdded(ReactionAdded(message: message, by: UserID(3), emoji: "👍🏽")),
        .reactionRemoved(ReactionRemoved(message: message, by: UserID(3), emoji: "👍🏽")),
        .conversationRead(
            ConversationRead(conversation: .group(GroupID(7)), user: UserID(3), seq: 55, members: 12)),
        .feedAcknowledged(
            FeedAcknowledged(entries: [
                FeedAcknowledged.Entry(user: UserID(3), device: "phone", position: Position(44)),
                FeedAcknowledged.Entry(
                    user: UserID(9), device: "pc", position: Position(45),
                    delivered: [.init(with: UserID(3), seq: 17)]),
            ])),
        .replayStarted(ReplayStarted(.rollout, projections: ["user", "friend"], by: rollout)),
        .replaySwapped(ReplaySwapped(projections: ["user", "friend"], at: Position(99), by: rollout)),
        .replayRolledBack(ReplayRolledBack(projections: ["user"], at: Position(99), by: operation)),
        .replayFailed(ReplayFailed(.rebuild, projections: ["user"], reason: .interrupted, by: operation)),
        .replayDropped(ReplayDropped(projections: ["user"], by: operation)),
        .logImported(LogImported(epoch: "e1", through: Position(99), by: operation)),
        .logArchived(
            LogArchived(
                .dropped, from: Position(1), to: Position(99), file: "a.json", manifest: "ab", root: "cd",
                by: operation)),
        .loginRefused(
            LoginRefused(
                user: UserID(3), counts: [.badCredentials: 4, .rateLimited: 7], since: 1_795_180_800_123_456,
                address: "192.0.2.7")),
        .auditQueried(
            AuditQueried(
                by: AuditOrigin(role: "auditor", host: "h1", account: "ann"), command: "query",
                arguments: [.init("user", "3"), .init("type", "MessageSent")], address: "192.0.2.0/24")),
    ]
}
