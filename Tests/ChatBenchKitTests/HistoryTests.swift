import ChatDomain
import Testing

@testable import ChatBenchKit

@Suite("The made history")
struct HistoryTests {
    private func history(_ events: Int, seed: UInt64 = 7) -> (History, [HistoryEvent]) {
        let plan = HistoryPlan(events: events, seed: seed, textBytes: 100)
        var history = History(plan, pepper: HistoryKeys(seed: seed).pepper)
        var all: [HistoryEvent] = []
        while let event = history.next() { all.append(event) }
        return (history, all)
    }

    @Test func theSameSeedMakesTheSameHistory() {
        let first = history(4000).1
        #expect(first == history(4000).1)
        #expect(first != history(4000, seed: 8).1)
    }

    @Test func theKeysOfASeedAreTheSameEachTime() throws {
        let (one, other) = (HistoryKeys(seed: 7), HistoryKeys(seed: 7))
        for event in history(1000).1 {
            _ = try HistoryRows.row(event, keys: one)
            _ = try HistoryRows.row(event, keys: other)
        }
        #expect(one.rows.map(\.key) == other.rows.map(\.key))
        #expect(one.rows.map(\.subject) == other.rows.map(\.subject))
        #expect(one.rows.count > 5 && one.rows.dropFirst().allSatisfy { $0.key != one.rows[0].key })
        #expect(HistoryKeys(seed: 8).pepper != one.pepper)
    }

    @Test(arguments: [500, 1000, 20_000])
    func ofAHundredEventsNinetyFiveAreMessagesOfTheLengthAskedFor(events: Int) {
        let all = history(events).1
        #expect(all.map(\.position) == (1...Int64(events)).map { $0 })
        let texts = all.compactMap { event in
            if case .messageSent(let sent) = event.event { sent.text } else { nil }
        }
        #expect(abs(texts.count - events * 95 / 100) <= events / 100)
        #expect(texts.allSatisfy { $0.utf8.count == 100 })
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.time < $1.time })
    }

    @Test func everyKindOfLifeIsInIt() {
        let found = Set(history(200_000).1.map(\.event.type))
        let missing = EventType.allCases.filter { !found.contains($0) && $0 != .invitationWithdrawn }
        // What tools write comes when they are run; in these lives nobody forgets a password.
        let tools = ["Replay", "Audit", "LogImported", "LogArchived", "LoginRefused"]
        #expect(missing.allSatisfy { type in tools.contains { type.rawValue.hasPrefix($0) } }, "\(missing)")
    }

    /// Counted from the events alone, as the log's own append would have counted.
    @Test func versionsRiseByOneAndHeadsStandWhereTheEventsEnd() {
        let (history, all) = history(20_000)
        var versions: [StreamName: (version: Int64, position: Int64)] = [:]
        for event in all {
            for stream in [event.stream] + event.touched {
                versions[stream] = ((versions[stream]?.version ?? 0) + 1, event.position)
            }
            #expect(versions[event.stream]?.version == event.version)
        }
        let heads = history.allHeads
        #expect(heads.count == versions.count)
        for (stream, head) in heads {
            #expect(versions[stream]?.version == head.version && versions[stream]?.position == head.position)
        }
    }

    @Test func whoSpeaksHasASessionAndIsInTheConversation() {
        var sessions: [UserID: SessionID] = [:]
        var members: [GroupID: Set<UserID>] = [:]
        for event in history(20_000).1 {
            switch event.event {
            case .sessionOpened(let opened): sessions[opened.user] = opened.session
            case .sessionClosed(let closed): sessions[closed.user] = nil
            case .groupCreated(let created): members[created.group] = [created.owner]
            case .memberJoined(let joined): members[joined.group]?.insert(joined.user)
            case .memberLeft(let left): members[left.group]?.remove(left.user)
            case .memberKicked(let kicked): members[kicked.group]?.remove(kicked.user)
            case .messageSent(let sent):
                #expect(sessions[sent.from] == event.session && event.actor == sent.from)
                switch sent.conversation {
                case .direct: #expect(sent.conversation.otherSide(of: sent.from) != nil)
                case .group(let group): #expect(members[group]?.contains(sent.from) == true)
                }
            default: break
            }
        }
    }

    @Test func aFewSpeakMost() {
        var counts: [UserID: Int] = [:]
        for case .messageSent(let sent) in history(100_000).1.map(\.event) { counts[sent.from, default: 0] += 1 }
        let rates = counts.values.sorted(by: >)
        let all = rates.reduce(0, +)
        #expect(rates.prefix(rates.count / 10).reduce(0, +) > all / 4)
        #expect((rates.first ?? 0) < all / 3)
    }

    @Test func aZipfDrawHalvesWithEachDoublingOfTheRank() {
        var numbers = SeededNumbers(seed: 1)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<30_000 { counts[numbers.zipf(7)] += 1 }
        #expect((9_600...10_400).contains(counts[0]))
        #expect((9_600...10_400).contains(counts[1] + counts[2]))
        #expect((9_600...10_400).contains(counts[3] + counts[4] + counts[5] + counts[6]))
    }
}
