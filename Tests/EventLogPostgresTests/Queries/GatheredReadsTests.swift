import ChatApplication
import ChatTestKit
import Synchronization
import Testing

@testable import EventLogPostgres

@Suite("Questions that are asked together")
struct GatheredReadsTests {
    /// Statements that end when they are told to.
    private final class Statements: Sendable {
        private struct Begun {
            var asked: [Int]
            var end: CheckedContinuation<Result<[Int], EventLogError>, Never>
        }

        private let begun = Mutex<[Begun]>([])

        func read(_ asked: [Int]) async throws(EventLogError) -> [Int] {
            let answer = await withCheckedContinuation { continuation in
                begun.withLock { $0.append(Begun(asked: asked, end: continuation)) }
            }
            return try answer.get()
        }

        var asked: [[Int]] { begun.withLock { $0.map(\.asked) } }

        /// Answers a statement, by the order in which they began, with ten times what was asked.
        func end(_ number: Int, _ error: EventLogError? = nil) {
            let statement = begun.withLock { $0[number] }
            statement.end.resume(
                returning: error.map { .failure($0) } ?? .success(statement.asked.map { $0 * 10 }))
        }
    }

    private let statements = Statements()

    private func gathered() -> GatheredReads<Int, Int> {
        let statements = statements
        return GatheredReads(on: LogDatabase.loop) { asked throws(EventLogError) in try await statements.read(asked) }
    }

    private func began(_ count: Int) async throws {
        try await waitUntil("statement \(count) has begun") { statements.asked.count >= count }
    }

    @Test func whatIsAskedWhileAStatementIsUnderWayGoesIntoTheNext() async throws {
        let reads = gathered()
        async let first = reads.ask(1)
        try await began(1)
        async let others = withThrowingTaskGroup(of: (Int, Int).self) { group in
            for question in 2...300 { group.addTask { (question, try await reads.ask(question)) } }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        // A statement that takes long lets the next one begin: with some of the others, and then there is no third.
        try await began(2)
        statements.end(0)
        #expect(try await first == 10)
        var ended = 1
        while statements.asked.joined().count < 300 || ended < statements.asked.count {
            try await began(ended + 1)
            statements.end(ended)
            ended += 1
        }
        #expect(try await others == Dictionary(uniqueKeysWithValues: (2...300).map { ($0, $0 * 10) }))
        #expect(statements.asked.allSatisfy { $0.count <= 256 })
        #expect(statements.asked.joined().sorted() == Array(1...300))
        #expect(ended < 200, "the questions were not asked together")
    }

    @Test func aFailureIsOfThoseAloneWhoWereAskedWithIt() async throws {
        let reads = gathered()
        let failing = Task { try await reads.ask(1) }
        try await began(1)
        let going = Task { try await reads.ask(2) }
        statements.end(0, .unavailable("away"))
        await #expect(throws: EventLogError.unavailable("away")) { try await failing.value }
        try await began(2)
        statements.end(1)
        #expect(try await going.value == 20)
    }

    @Test func aLongStatementHoldsUpNobodyForLong() async throws {
        let reads = gathered()
        let long = Task { try await reads.ask(1) }
        try await began(1)
        let short = Task { try await reads.ask(2) }
        try await began(2)
        statements.end(1)
        #expect(try await short.value == 20)
        statements.end(0)
        #expect(try await long.value == 10)
    }
}
