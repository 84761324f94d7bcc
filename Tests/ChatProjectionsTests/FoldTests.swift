import ChatDomain
import ChatProjections
import Testing

@Suite struct FoldTests {
    @Test func aUserIsFoundByTheFoldedName() throws {
        var script = LogScript()
        try script.log(.register(3, "Carol"))
        try script.log(.register(4, nil))
        #expect(
            script.rows(UserProjection.users) == [
                "id=3 name=Carol folded=carol registered_at=1970-01-01 00:00:01.000000+00",
                "id=4 registered_at=1970-01-01 00:00:02.000000+00",
            ])
    }

    @Test func aFriendshipStandsOnBothSidesAndUsesUpTheRequests() throws {
        var script = LogScript()
        try script.log(.friendRequested(FriendRequested(from: UserID(3), to: UserID(9))))
        try script.log(.friendRequested(FriendRequested(from: UserID(4), to: UserID(9))))
        try script.log(.friendRequested(FriendRequested(from: UserID(5), to: UserID(9))))
        try script.log(.friendRequestRejected(FriendRequestRejected(from: UserID(5), to: UserID(9))))
        #expect(script.tables.rows(FriendProjection.requests).count == 2)
        try script.log(.friendshipMade(FriendshipMade(from: UserID(3), to: UserID(9))))
        #expect(
            script.rows(FriendProjection.friends) == [
                "user_id=3 friend_id=9 since=1970-01-01 00:00:05.000000+00",
                "user_id=9 friend_id=3 since=1970-01-01 00:00:05.000000+00",
            ])
        try script.log(.friendRequestWithdrawn(FriendRequestWithdrawn(from: UserID(4), to: UserID(9))))
        #expect(script.rows(FriendProjection.requests).isEmpty)
        try script.log(.friendshipEnded(FriendshipEnded(by: UserID(9), with: UserID(3))))
        #expect(script.rows(FriendProjection.friends).isEmpty)
    }

    @Test func aDeletedGroupKeepsItsRowAndLosesItsMembers() throws {
        var script = LogScript([GroupProjection.self])
        try script.log(.create(7, owner: 3))
        try script.log(.join(7, 4, members: 2))
        try script.log(.join(7, 5, members: 3))
        try script.log(.leave(7, 4, members: 2))
        try script.log(.create(8, owner: 5))
        #expect(script.tables.rows(GroupProjection.members).count == 3)
        try script.log(.groupDeleted(GroupDeleted(group: GroupID(7), by: UserID(3), members: 2)))
        #expect(
            script.rows(GroupProjection.members) == [
                "group_id=8 user_id=5 role=owner joined_at=1970-01-01 00:00:05.000000+00 joined_position=5"
            ])
        let deleted = try #require(
            script.rows(GroupProjection.groups).first { $0.hasPrefix("id=7 ") })
        #expect(deleted.contains("members=0"))
        #expect(deleted.hasSuffix("deleted_at=1970-01-01 00:00:06.000000+00"))
    }
}

@Suite struct StandingFoldTests {
    @Test func invitationsStandUntilTheyAreAnswered() throws {
        var script = LogScript([GroupProjection.self])
        let group = GroupID(7)
        try script.log(.create(7, owner: 1))
        for user: Int64 in 2...5 {
            try script.log(.memberInvited(MemberInvited(group: group, user: UserID(user), by: UserID(1))))
        }
        try script.log(.invitationDeclined(InvitationDeclined(group: group, user: UserID(2))))
        try script.log(.invitationWithdrawn(InvitationWithdrawn(group: group, user: UserID(3), by: UserID(1))))
        try script.log(.join(7, 4, members: 2))
        #expect(
            script.rows(GroupProjection.invitations) == [
                "group_id=7 user_id=5 by_id=1 at=1970-01-01 00:00:05.000000+00"
            ])
        try script.log(.groupDeleted(GroupDeleted(group: group, by: UserID(1), members: 2)))
        #expect(script.rows(GroupProjection.invitations).isEmpty)
    }

    @Test func rolesSettingsAndOwnersAreTheLatest() throws {
        var script = LogScript([GroupProjection.self])
        let group = GroupID(7)
        try script.log(.create(7, owner: 1))
        try script.log(.join(7, 2, members: 2))
        try script.log(.join(7, 3, members: 3))
        try script.log(.roleChanged(RoleChanged(group: group, user: UserID(3), by: UserID(1), role: .admin)))
        try script.log(.ownershipPassed(OwnershipPassed(group: group, from: UserID(1), to: UserID(2))))
        try script.log(.memberKicked(MemberKicked(group: group, user: UserID(3), by: UserID(2), members: 2)))
        try script.log(
            .groupUpdated(
                GroupUpdated(group: group, by: UserID(1), name: "Hikers", description: "d", visibility: .invite)))
        #expect(
            script.rows(GroupProjection.members) == [
                "group_id=7 user_id=1 role=admin joined_at=1970-01-01 00:00:01.000000+00 joined_position=1",
                "group_id=7 user_id=2 role=owner joined_at=1970-01-01 00:00:02.000000+00 joined_position=2",
            ])
        #expect(
            script.rows(GroupProjection.groups) == [
                "id=7 name=Hikers folded=hikers description=d visibility=invite owner_id=2 members=2"
                    + " created_at=1970-01-01 00:00:01.000000+00"
            ])
    }

    @Test func aBlockStandsUntilItIsTakenBack() throws {
        var script = LogScript([FriendProjection.self])
        try script.log(.userBlocked(UserBlocked(by: UserID(3), user: UserID(9))))
        #expect(
            script.rows(FriendProjection.blocks) == ["user_id=3 blocked_id=9 at=1970-01-01 00:00:01.000000+00"])
        try script.log(.userUnblocked(UserUnblocked(by: UserID(3), user: UserID(9))))
        #expect(script.rows(FriendProjection.blocks).isEmpty)
    }
}

@Suite struct SessionFoldTests {
    private func online(_ script: LogScript) -> [String] {
        script.tables.rows(SessionProjection.devices).values.filter { $0[3] == .boolean(true) }
            .compactMap { $0[1].sqlText }.sorted()
    }

    @Test func aLateEndOfAReplacedSessionLeavesTheDeviceOnline() throws {
        var script = LogScript([SessionProjection.self])
        try script.log(.open(3, "s1"))
        try script.log(.open(3, "s2", replaced: "s1"))
        try script.log(.close(3, "s1"))
        #expect(script.tables.rows(SessionProjection.sessions).keys.map { $0.values } == [[.text("s2")]])
        #expect(online(script) == ["phone"])
        try script.log(.close(3, "s2"))
        #expect(script.rows(SessionProjection.sessions).isEmpty)
        #expect(
            script.rows(SessionProjection.devices) == [
                "user_id=3 device=phone last_seen=1970-01-01 00:00:04.000000+00 online=f"
            ])
    }

    @Test func aSessionWithoutAFeedIsNoSignOfPresence() throws {
        var script = LogScript([SessionProjection.self])
        try script.log(.open(3, "s1", device: nil))
        #expect(script.tables.rows(SessionProjection.sessions).count == 1)
        #expect(script.rows(SessionProjection.devices).isEmpty)
    }

    @Test func aLostNodeTakesItsSessionsWithIt() throws {
        var script = LogScript([SessionProjection.self])
        try script.log(.open(3, "s1", device: "phone", node: "a"))
        try script.log(.open(3, "s2", device: "desk", node: "b"))
        try script.log(.open(4, "s3", device: nil, node: "a"))
        try script.log(.nodeLost(NodeLost(node: NodeName("a"), graceful: false)))
        #expect(script.tables.rows(SessionProjection.sessions).keys.map { $0.values } == [[.text("s2")]])
        #expect(online(script) == ["desk"])
        try script.log(.nodeJoined(NodeJoined(node: NodeName("b"))))
        #expect(script.rows(SessionProjection.sessions).isEmpty)
        #expect(online(script).isEmpty)
    }

    @Test func anEndedDeviceIsGoneAndARevokedSessionsDeviceIsOffline() throws {
        var script = LogScript([SessionProjection.self])
        try script.log(.open(3, "s1", device: "phone"))
        try script.log(.open(3, "s2", device: "desk"))
        try script.log(.close(3, "s1", reason: .deviceEnded))
        try script.log(.close(3, "s2", device: "desk", reason: .revoked))
        #expect(script.rows(SessionProjection.sessions).isEmpty)
        #expect(
            script.rows(SessionProjection.devices) == [
                "user_id=3 device=desk last_seen=1970-01-01 00:00:04.000000+00 online=f"
            ])
    }

    @Test func anotherPasswordEndsAllOtherSessions() throws {
        var script = LogScript([SessionProjection.self])
        try script.log(.open(3, "s1", device: "phone"))
        try script.log(.open(3, "s2", device: "desk"))
        try script.log(.open(3, "s3", device: nil))
        let ended = [
            EndedSession(session: SessionID("s1"), device: "phone"),
            EndedSession(session: SessionID("s3"), device: nil),
        ]
        try script.log(
            .passwordChanged(
                PasswordChanged(user: UserID(3), passwordHash: "h", session: SessionID("s2"), ended: ended)))
        #expect(script.tables.rows(SessionProjection.sessions).keys.map { $0.values } == [[.text("s2")]])
        #expect(online(script) == ["desk"])
        #expect(script.tables.rows(SessionProjection.devices).count == 2)
    }

    @Test func aDeletedUserHasNoNameNoSessionNoDeviceAndNothingThatWaits() throws {
        var script = LogScript()
        try script.log(.register(3, "Carol"))
        try script.log(.open(3, "s1"))
        try script.log(.message(.direct(UserID(3), UserID(9)), from: 9))
        try script.log(.accountDeleted(AccountDeleted(user: UserID(3), nameDigest: "d3", ended: [])))
        #expect(script.rows(SessionProjection.sessions).isEmpty)
        #expect(script.rows(SessionProjection.devices).isEmpty)
        #expect(script.rows(OfflineProjection.cursors).isEmpty)
        #expect(script.rows(OfflineProjection.userCursors).isEmpty)
        try script.log(.friendshipEnded(FriendshipEnded(by: UserID(3), with: UserID(9))))
        try script.log(.keyDestroyed(KeyDestroyed(user: UserID(3), purpose: .person)))
        #expect(!script.rows(OfflineProjection.userStreams).contains { $0.hasPrefix("user_id=3 ") })
        #expect(
            script.rows(UserProjection.users) == [
                "id=3 registered_at=1970-01-01 00:00:01.000000+00 deleted_at=1970-01-01 00:00:04.000000+00"
                    + " deleted_position=4 erased_at=1970-01-01 00:00:06.000000+00"
            ])
    }

    @Test func aForgottenDeviceIsGoneWithItsSession() throws {
        var script = LogScript([SessionProjection.self])
        try script.log(.open(3, "s1", device: "old"))
        try script.log(.open(3, "s2", device: "new", forgotten: "old"))
        #expect(script.tables.rows(SessionProjection.sessions).keys.map { $0.values } == [[.text("s2")]])
        #expect(script.tables.rows(SessionProjection.devices).count == 1)
    }
}

@Suite struct OfflineFoldTests {
    private func cursors(_ script: LogScript) -> [String] { script.rows(OfflineProjection.cursors) }

    @Test func theFirstDeviceBeginsAtTheRegistrationAndTheNextAtTheFurthestCursor() throws {
        var script = LogScript([OfflineProjection.self])
        try script.log(.create(7, owner: 9))
        try script.log(.register(3, "carol"))
        try script.log(.open(3, "s1", device: "phone"))
        #expect(cursors(script) == ["user_id=3 device=phone position=2 first_position=2"])
        try script.log(.acknowledge([(3, "phone", 3), (4, "phone", 3)]))
        try script.log(.open(3, "s2", device: "desk"))
        try script.log(.open(3, "s3", device: "phone"))
        #expect(
            cursors(script) == [
                "user_id=3 device=desk position=3 first_position=3",
                "user_id=3 device=phone position=3 first_position=2",
            ])
    }

    @Test func anAcknowledgementNeverLowersACursorAndSinceReplacesIt() throws {
        var script = LogScript([OfflineProjection.self])
        try script.log(.register(3, "carol"))
        try script.log(.open(3, "s1"))
        try script.log(.acknowledge([(3, "phone", 2)]))
        try script.log(.acknowledge([(3, "phone", 1)]))
        #expect(cursors(script) == ["user_id=3 device=phone position=2 first_position=1"])
        try script.log(.open(3, "s2", since: 0))
        #expect(cursors(script) == ["user_id=3 device=phone position=0 first_position=0"])
    }

    @Test func aForgottenDeviceHasNoCursor() throws {
        var script = LogScript([OfflineProjection.self])
        try script.log(.register(3, "carol"))
        try script.log(.open(3, "s1", device: "old"))
        try script.log(.open(3, "s2", device: "new", forgotten: "old"))
        try script.log(.acknowledge([(3, "old", 2)]))
        try script.log(.open(3, "s3", device: "ended"))
        try script.log(.close(3, "s3", device: "ended", reason: .deviceEnded))
        #expect(cursors(script) == ["user_id=3 device=new position=1 first_position=1"])
    }

    @Test func aStreamOfTwoConcernsBothFromItsBeginning() throws {
        var script = LogScript([OfflineProjection.self])
        try script.log(.friendRequested(FriendRequested(from: UserID(9), to: UserID(3))))
        try script.log(.message(.direct(UserID(3), UserID(9)), from: 3))
        try script.log(.message(.direct(UserID(3), UserID(9)), from: 9))
        #expect(
            script.rows(OfflineProjection.userStreams) == [
                "user_id=3 stream=contact:3:9 from_position=0 kind=contact last_position=1",
                "user_id=3 stream=messages:direct:3:9 from_position=0 kind=messages last_position=3",
                "user_id=9 stream=contact:3:9 from_position=0 kind=contact last_position=1",
                "user_id=9 stream=messages:direct:3:9 from_position=0 kind=messages last_position=3",
            ])
    }

    @Test func aGroupConcernsAMemberFromJoiningToLeavingEachTime() throws {
        var script = LogScript([OfflineProjection.self])
        try script.log(.create(7, owner: 9))
        try script.log(.join(7, 3, members: 2))
        try script.log(.leave(7, 3, members: 1))
        try script.log(.join(7, 3, members: 2))
        try script.log(.message(.group(GroupID(7)), from: 9))
        let rows = script.rows(OfflineProjection.userStreams).filter { $0.hasPrefix("user_id=3 stream=messages") }
        #expect(
            rows == [
                "user_id=3 stream=messages:group:7 from_position=2 kind=messages to_position=3",
                "user_id=3 stream=messages:group:7 from_position=4 kind=messages",
            ])
        // Two times four streams of the member, four and the invitations of the owner.
        #expect(script.tables.rows(OfflineProjection.userStreams).count == 13)
        #expect(
            script.rows(OfflineProjection.groupTails) == [
                "stream=group:7 last_position=1", "stream=messages:group:7 last_position=5",
                "stream=roster:7 last_position=4",
            ])
    }

    @Test func invitationsConcernAdminsWhileTheyAreAndEachUserForOneEvent() throws {
        var script = LogScript([OfflineProjection.self])
        let (group, user) = (GroupID(7), UserID(3))
        try script.log(.create(7, owner: 9))
        try script.log(.memberInvited(MemberInvited(group: group, user: user, by: UserID(9))))
        try script.log(.join(7, 3, members: 2))
        try script.log(.roleChanged(RoleChanged(group: group, user: user, by: UserID(9), role: .admin)))
        try script.log(.ownershipPassed(OwnershipPassed(group: group, from: UserID(9), to: user)))
        try script.log(.roleChanged(RoleChanged(group: group, user: UserID(9), by: user, role: .member)))
        let rows = script.rows(OfflineProjection.userStreams).filter { $0.contains("stream=invitations") }
        #expect(
            rows == [
                "user_id=3 stream=invitations:7 from_position=2 kind=group to_position=2",
                "user_id=3 stream=invitations:7 from_position=4 kind=group to_position=5",
                "user_id=3 stream=invitations:7 from_position=5 kind=group",
                "user_id=9 stream=invitations:7 from_position=1 kind=group to_position=6",
            ])
    }

    @Test func whatBecameOfAMessageStandsBesideItAndConcernsWhomItConcerns() throws {
        var script = LogScript([OfflineProjection.self])
        let message = MessageReference(conversation: .direct(UserID(3), UserID(9)), seq: 1, position: Position(1))
        try script.log(.message(message.conversation, from: 3))
        try script.log(.messageEdited(MessageEdited(message: message, by: UserID(3), text: "one")))
        try script.log(.messageEdited(MessageEdited(message: message, by: UserID(3), text: "two")))
        try script.log(.reactionAdded(ReactionAdded(message: message, by: UserID(9), emoji: "👍")))
        try script.log(.reactionAdded(ReactionAdded(message: message, by: UserID(9), emoji: "👎")))
        try script.log(.reactionRemoved(ReactionRemoved(message: message, by: UserID(9), emoji: "👍")))
        #expect(
            script.rows(OfflineProjection.messageEdits) == [
                "conversation=direct:3:9 seq=1 position=2", "conversation=direct:3:9 seq=1 position=3",
            ])
        #expect(
            script.rows(OfflineProjection.messageReactions) == [
                "conversation=direct:3:9 seq=1 emoji=👎 user_id=9 position=5"
            ])
        #expect(script.rows(OfflineProjection.messageRecalls).isEmpty)
        try script.log(.messageRecalled(MessageRecalled(message: message, by: UserID(3))))
        #expect(script.rows(OfflineProjection.messageRecalls) == ["conversation=direct:3:9 seq=1 position=7"])
        #expect(
            script.rows(OfflineProjection.userStreams).filter { $0.contains("kind=marks") } == [
                "user_id=3 stream=marks:direct:3:9 from_position=0 kind=marks last_position=7",
                "user_id=9 stream=marks:direct:3:9 from_position=0 kind=marks last_position=7",
            ])
    }

    @Test func aMessageChangesNoMoreRowsInALargeGroup() throws {
        let projection = OfflineProjection(environment: ProjectionEnvironment { $0 })
        var changes = RowChanges()
        try projection.apply(
            ProjectedEvent(
                .message(.group(GroupID(7)), from: 9), position: Position(5), recordedAt: 0,
                stream: .messages(.group(GroupID(7))), version: 1), into: &changes)
        #expect(changes.operations.count == 1)
    }
}

@Suite struct ColumnValueTests {
    @Test func timesAreShownAsPostgreSQLShowsThem() {
        #expect(ColumnValue.time(0).sqlText == "1970-01-01 00:00:00.000000+00")
        #expect(ColumnValue.time(-1).sqlText == "1969-12-31 23:59:59.999999+00")
        #expect(ColumnValue.time(951_782_400_000_000).sqlText == "2000-02-29 00:00:00.000000+00")
        #expect(ColumnValue.time(1_795_170_000_123_456).sqlText == "2026-11-20 10:20:00.123456+00")
    }
}
