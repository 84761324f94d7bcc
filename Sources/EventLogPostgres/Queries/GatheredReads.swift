import ChatApplication
import PostgresClient
import Reactor

/// Questions of one kind, each of which one statement answers for many that ask at the same time.
///
/// While a statement is under way, what is asked meanwhile waits, and goes into the next together: so a lone question
/// waits for nothing, and many cost little more than one. A question is only answered by a statement that began after it.
actor GatheredReads<Question: Sendable, Answer: Sendable> {
    /// A statement that takes longer holds up no question any more.
    private static var patience: Duration { .milliseconds(20) }
    private struct Waiter {
        var question: Question
        var continuation: CheckedContinuation<Result<Answer, EventLogError>, Never>
    }

    /// The loop of the pool that is asked.
    private nonisolated let loop: EventLoop
    private let most: Int
    private let read: @Sendable ([Question]) async throws(EventLogError) -> [Answer]
    private var waiting: [Waiter] = []
    /// The statement that holds up what is asked now, and when it ceases to.
    private var underWay: (number: Int, timer: LoopTimer)?
    private var lastNumber = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// `read` gives an answer for each question, in their order. Of questions with long answers fewer, `most`, may go
    /// into one statement: its rows are decoded in one turn of the loop.
    init(
        on loop: EventLoop, most: Int = 256,
        _ read: @escaping @Sendable ([Question]) async throws(EventLogError) -> [Answer]
    ) {
        self.loop = loop
        self.most = most
        self.read = read
    }

    func ask(_ question: Question) async throws(EventLogError) -> Answer {
        let answer = await withCheckedContinuation { continuation in
            waiting.append(Waiter(question: question, continuation: continuation))
            begin()
        }
        return try answer.get()
    }

    /// Begins a statement a moment later: what is asked in this turn of the loop goes with it.
    private func begin() {
        guard underWay == nil, !waiting.isEmpty else { return }
        lastNumber += 1
        let number = lastNumber
        let timer = loop.schedule(after: Self.patience) { [weak self] in
            self?.assumeIsolated { $0.holdsUpNoMore(number) }
        }
        underWay = (number, timer)
        Task(executorPreference: loop) { await self.answer(number) }
    }

    private func answer(_ number: Int) async {
        let asked = Array(waiting.prefix(most))
        waiting.removeFirst(asked.count)
        // Where the loop was held up, the next one may have begun before this one, and have taken them all.
        guard !asked.isEmpty else { return holdsUpNoMore(number) }
        do throws(EventLogError) {
            let answers = try await read(asked.map(\.question))
            for (waiter, answer) in zip(asked, answers) { waiter.continuation.resume(returning: .success(answer)) }
        } catch {
            for waiter in asked { waiter.continuation.resume(returning: .failure(error)) }
        }
        holdsUpNoMore(number)
    }

    private func holdsUpNoMore(_ number: Int) {
        guard underWay?.number == number else { return }
        underWay?.timer.cancel()
        underWay = nil
        begin()
    }
}

extension PostgresResult {
    /// The rows of each question, whose number from 1 stands in the first column.
    func rows(ofEach questions: Int) -> [[Int]] {
        var rows = [[Int]](repeating: [], count: questions)
        for row in 0..<rowCount {
            let number = Int(int(row, 0) ?? 0) - 1
            if rows.indices.contains(number) { rows[number].append(row) }
        }
        return rows
    }
}
