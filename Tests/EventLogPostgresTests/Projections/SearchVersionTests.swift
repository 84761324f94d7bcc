import ChatApplication
import ChatDomain
import ChatProjections
import ChatTestKit
import PostgresClient
import Testing

@testable import EventLogPostgres

/// Search while nodes and tables are of two versions.
@Suite struct SearchVersionTests {
    private let direct = Conversation.direct(UserID(1), UserID(2))
    private let group = Conversation.group(GroupID(7))

    private func story() -> [ChatEvent] {
        let created = GroupCreated(
            group: GroupID(7), owner: UserID(1), name: "g", description: "", visibility: .open)
        let texts = [
            (direct, "see you in Straße 9"), (group, "会議は七時です"), (direct, "会議室"), (group, "see"), (group, "👍🏽"),
        ]
        return [
            .groupCreated(created), .memberJoined(MemberJoined(group: GroupID(7), user: UserID(2), members: 2)),
        ] + texts.map { .messageSent(MessageSent(conversation: $0.0, from: UserID(1), text: $0.1)) }
    }

    /// What is found for each of these, with and without a conversation.
    private func found(_ fixture: ReadTableFixture) async throws -> [[Int64]] {
        let watch = ProjectionWatch(loop: fixture.loop, pool: fixture.pool)
        let models = PostgresReadModels(pool: fixture.pool, watch: watch)
        var all: [[Int64]] = []
        for sought in ["see", "会議", "straße", "の", "👍🏽", "xy"] {
            for place in [nil, direct, group] {
                let request = SearchRequest(
                    user: UserID(1), folded: sought, conversation: place, before: nil, limit: 10)
                all.append(try await models.search(request, atLeast: .start).positions.map(\.value))
            }
        }
        return all
    }

    @Test func searchAnswersTheSameFromTablesOfTheVersionBefore() async throws {
        try await ReadTableFixture.with { fixture in
            try await fixture.append(story())
            try await fixture.runToHead()
            let answers = try await found(fixture)
            #expect(answers.prefix(4) == [[6, 3], [3], [6], [5, 4]])
            // What the view computes for nodes of the version before is what that version stored.
            try await fixture.pool.withConnection { connection in
                try await connection.execute(
                    script: """
                        create table chat_read.former as
                            select conversation, seq, position, folded, terms, sender_id, quarter
                            from chat_read.message_texts;
                        drop view chat_read.message_texts;
                        create view chat_read.message_texts as select * from chat_read.former;
                        update chat_read.projections set version = 2 where live and projection = 'search';
                        """)
            }
            #expect(try await found(fixture) == answers)
            let pairs = try await fixture.number(
                "select count(*) from chat_read.message_texts where terms = E'group:7\\x01se\\x01ee'")
            #expect(pairs == 1)
        }
    }
}
