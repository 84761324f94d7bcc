import ChatDomain
import ChatProjections
import ChatTestKit
import PostgresClient
import Testing

@testable import EventLogPostgres

@Suite struct RowHistoryTests {
    /// The history of a friendship's `since`, as events 1, 2, … left it; nil: no row.
    private func history(_ values: Int64?...) -> RowHistory {
        RowHistory(
            changes: values.enumerated().map { index, value in
                RowHistory.Change(
                    position: Position(Int64(index + 1)), type: .friendshipMade, recordedAt: 0,
                    row: value.map { [.integer(1), .integer(2), .time($0)] })
            })
    }

    private func origin(_ history: RowHistory, live: ColumnValue?) -> String {
        let origin = history.origin(of: 2, live: live)
        return "\(origin.finding) \(origin.change?.position.value ?? 0)"
    }

    @Test func aValueOfEarlierMissedTheNextChange() {
        #expect(origin(history(10, 20, 30), live: .time(20)) == "stale 3")
        #expect(origin(history(10, 20, 10, 30, 40), live: .time(10)) == "stale 4")
        #expect(origin(history(10, 20, nil), live: .time(20)) == "stale 3")
    }

    @Test func anEventThatLeftTheColumnAsItWasIsNotTheOne() {
        #expect(origin(history(10, 10, 20, 20), live: .time(10)) == "stale 3")
    }

    @Test func aMissingRowMissedItsMaking() {
        #expect(origin(history(10, 20), live: nil) == "stale 1")
        #expect(origin(history(10, nil, 20, 30), live: nil) == "stale 3")
    }

    @Test func aValueThatTheLogNeverSaidPointsToWhoWroteTheRightOne() {
        #expect(origin(history(10, 20, 20), live: .time(99)) == "foreign 2")
        #expect(origin(history(10, nil), live: .time(99)) == "foreign 2")
        #expect(origin(history(), live: .time(99)) == "foreign 0")
        #expect(origin(history(10), live: .null) == "foreign 1", "null is not the lack of a row")
    }

    @Test func manyRowsAreComparedAndAHundredTraced() async throws {
        try await ReadTableFixture.with { fixture in
            try await fixture.append(
                (1...150).map { user in
                    .userRegistered(
                        UserRegistered(
                            user: UserID(user), nameDigest: "d\(user)", name: "user", passwordHash: "h", address: nil))
                })
            try await fixture.runToHead()
            _ = try await fixture.pool.withConnection { try await $0.query("delete from chat_read.users_1") }
            let found = try await fixture.verify(UserProjection.self)
            let traced = found.filter { $0.finding != nil }
            #expect(Set(found.map { $0.key.map(\.value) }).count == 150)
            #expect(Set(traced.map { $0.key.map(\.value) }).count == ProjectionVerification.tracedRows)
            #expect(
                traced.allSatisfy {
                    $0.finding == .stale && $0.key.first?.value == .integer($0.event?.position.value ?? 0)
                })
            let others = found.filter { $0.finding == nil }
            #expect(others.allSatisfy { $0.event == nil })
        }
    }

    @Test func aRowThatIsFilledFromAnotherTableIsTracedToo() async throws {
        try await ReadTableFixture.with { fixture in
            let group = GroupID(7)
            try await fixture.append([
                .groupCreated(
                    GroupCreated(
                        group: group, owner: UserID(1), name: "g", description: "", visibility: .open)),
                .messageSent(MessageSent(conversation: .group(group), from: UserID(1), text: "one")),
                .messageSent(MessageSent(conversation: .group(group), from: UserID(1), text: "two")),
                .memberJoined(MemberJoined(group: group, user: UserID(2), members: 2)),
            ])
            try await fixture.runToHead()
            _ = try await fixture.pool.withConnection {
                try await $0.query("update chat_read.group_reads_1 set read_seq = 9 where user_id = 2")
            }
            let found = try await fixture.verify(ConversationProjection.self)
            #expect(found.map(\.column) == ["read_seq"])
            #expect(found.first?.rebuilt == .integer(2) && found.first?.finding == .foreign)
            #expect(found.first?.event?.type == .memberJoined && found.first?.event?.position == Position(4))
        }
    }
}
