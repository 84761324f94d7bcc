import ChatApplication
import ChatDomain
import ChatTestKit
import EventLogPostgres
import Foundation
import PostgresClient
import Reactor
import Synchronization
import Testing

@Suite("Racing writers")
struct RacingWritersTests {
    private static let writers = 8
    /// `CHAT_RACE_EVENTS` sets another number of events.
    private static let events = Int(ProcessInfo.processInfo.environment["CHAT_RACE_EVENTS"] ?? "") ?? 100_000

    private final class Counter: Sendable {
        private let value = Atomic(0)
        func add() { value.add(1, ordering: .sequentiallyConsistent) }
        var count: Int { value.load(ordering: .sequentiallyConsistent) }
    }

    /// Eight writers, with pauses, transactions that are rolled back or committed late, and connections killed in the
    /// midst of an append.
    @Test func aReaderOfTheTailSeesExactlyTheCommittedEventsInOneOrder() async throws {
        let database = try await LogDatabase.fresh(partitionSize: Int64(Self.events / 7 + 1))
        let seed = UInt64.random(in: 0...UInt64.max)
        let tail = PostgresLogTail(database.log, on: LogDatabase.loop)
        let ended = Counter()
        let writers = try await joined(database.conninfo, tail, seed)
        let saboteur = Task { try await sabotage(database.conninfo, seed) }
        let writing = Task { try await write(writers, ended) }
        let read = try await readToTheEnd(database.log, tail) { ended.count == Self.writers }
        saboteur.cancel()
        let committed = try await writing.value
        #expect(read.count >= Self.events, "seed \(seed)")
        #expect(read.count == committed.count, "seed \(seed)")
        #expect(Set(read) == committed, "seed \(seed)")
        #expect(try await saboteur.value > 0, "nobody was killed: the test proves too little")
        try await expectOneOrder(database.log, read)
        await database.close()
    }

    private func joined(_ conninfo: String, _ tail: PostgresLogTail, _ seed: UInt64) async throws -> [RacingWriter] {
        var writers: [RacingWriter] = []
        for number in 0..<Self.writers {
            var writer = RacingWriter(number: number, conninfo: conninfo, tail: tail, seed: seed &+ UInt64(number))
            try await writer.join()
            writers.append(writer)
        }
        return writers
    }

    private func write(_ writers: [RacingWriter], _ ended: Counter) async throws -> Set<String> {
        try await withThrowingTaskGroup(of: Set<String>.self) { group in
            for writer in writers {
                group.addTask {
                    defer { ended.add() }
                    var writer = writer
                    return try await writer.run(until: Self.events / Self.writers + 1)
                }
            }
            return try await group.reduce(into: []) { $0.formUnion($1) }
        }
    }

    private func readToTheEnd(
        _ log: PostgresEventLog, _ tail: PostgresLogTail, _ writersHaveEnded: () -> Bool
    ) async throws -> [String] {
        var read: [String] = []
        while true {
            let isLast = writersHaveEnded()
            let page = try await tail.next(after: Position(Int64(read.count)), limit: 5_000, timeout: .seconds(1))
            if page.isEmpty && isLast { return read }
            for event in page {
                try #require(event.position.value == Int64(read.count + 1), "a gap")
                read.append(String(decoding: event.payload, as: UTF8.self))
            }
        }
    }

    /// What a second reader finds later is the same, and every stream counts without gaps.
    private func expectOneOrder(_ log: PostgresEventLog, _ read: [String]) async throws {
        var again: [String] = []
        var versions: [StreamName: Int64] = [:]
        try await log.scan(after: .start, upTo: Position(Int64(read.count))) { page in
            for event in page {
                again.append(String(decoding: event.payload, as: UTF8.self))
                versions[event.stream, default: 0] += 1
                try #require(event.version == versions[event.stream], "\(event.stream) at \(event.position)")
            }
        }
        #expect(again == read)
    }

    /// Kills a connection that appends, now and then, until cancelled.
    private func sabotage(_ conninfo: String, _ seed: UInt64) async throws -> Int64 {
        let connection = try await LogDatabase.connect(conninfo)
        var random = SplitMix64(seed: seed &* 31)
        var kills: Int64 = 0
        while !Task.isCancelled {
            await LogDatabase.loop.sleep(for: .milliseconds(Int.random(in: 20...120, using: &random)))
            let killed = try? await connection.query(
                """
                SELECT count(pg_terminate_backend(pid)) FROM (
                    SELECT pid FROM pg_stat_activity WHERE application_name = 'append' AND state <> 'idle'
                        AND datname = current_database() ORDER BY random() LIMIT 1) victim
                """)
            kills += killed?.int(0, 0) ?? 0
        }
        await connection.close()
        return kills
    }
}
