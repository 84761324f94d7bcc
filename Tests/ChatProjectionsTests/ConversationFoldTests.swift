import ChatDomain
import ChatProjections
import Testing

@Suite struct ConversationFoldTests {
    let direct = Conversation.direct(UserID(3), UserID(9))
    let climbers = Conversation.group(GroupID(7))

    @Test func aDirectConversationStandsOnBothSidesOnceSomethingWasSaid() throws {
        var script = LogScript([ConversationProjection.self])
        #expect(script.rows(ConversationProjection.direct).isEmpty)
        try script.log(.message(direct, from: 3))
        try script.log(.message(direct, from: 3))
        #expect(
            script.rows(ConversationProjection.direct) == [
                "user_id=3 peer_id=9 position=2 last_seq=2 read_seq=2 delivered_seq=0",
                "user_id=9 peer_id=3 position=2 last_seq=2 read_seq=0 delivered_seq=0",
            ])
    }

    @Test func sendingReadsUpToItAndReadingNeverGoesBack() throws {
        var script = LogScript([ConversationProjection.self])
        for _ in 1...3 { try script.log(.message(direct, from: 3)) }
        try script.log(.read(direct, by: 9, 2))
        try script.log(.read(direct, by: 9, 1))
        try script.log(.arrived(9, from: 3, 3))
        try script.log(.arrived(9, from: 3, 1))
        #expect(
            script.rows(ConversationProjection.direct).last
                == "user_id=9 peer_id=3 position=3 last_seq=3 read_seq=2 delivered_seq=3")
        try script.log(.message(direct, from: 9))
        #expect(
            script.rows(ConversationProjection.direct).last
                == "user_id=9 peer_id=3 position=8 last_seq=4 read_seq=4 delivered_seq=3")
    }

    @Test func joiningAGroupReadsWhatWasBefore() throws {
        var script = LogScript([ConversationProjection.self])
        try script.log(.create(7, owner: 3))
        for _ in 1...4 { try script.log(.message(climbers, from: 3)) }
        try script.log(.join(7, 9, members: 2))
        #expect(
            script.rows(ConversationProjection.reads) == [
                "group_id=7 user_id=3 joined_position=1 read_seq=4",
                "group_id=7 user_id=9 joined_position=6 read_seq=4",
            ])
        try script.log(.message(climbers, from: 3))
        #expect(script.rows(ConversationProjection.groups) == ["group_id=7 position=7 last_seq=5"])
        #expect(
            script.rows(ConversationProjection.reads).last == "group_id=7 user_id=9 joined_position=6 read_seq=4",
            "a message writes no row of a member who only receives it")
        try script.log(.read(climbers, by: 9, 5))
        try script.log(.leave(7, 9, members: 1))
        try script.log(.message(climbers, from: 3))
        try script.log(.join(7, 9, members: 2))
        #expect(
            script.rows(ConversationProjection.reads).last == "group_id=7 user_id=9 joined_position=11 read_seq=6")
    }

    @Test func aDeletedGroupIsNobodysConversation() throws {
        var script = LogScript([ConversationProjection.self])
        try script.log(.create(7, owner: 3))
        try script.log(.join(7, 9, members: 2))
        try script.log(.groupDeleted(GroupDeleted(group: GroupID(7), by: UserID(3), members: 2)))
        #expect(script.rows(ConversationProjection.reads).isEmpty)
        #expect(script.rows(ConversationProjection.groups).isEmpty)
    }
}
