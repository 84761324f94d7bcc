/// Commands that were sent together and are answered together.
final class PendingBatch {
    typealias Answer = Result<[RedisReply], RedisError>

    let deadline: ContinuousClock.Instant
    let size: Int
    private let count: Int
    private var replies: [RedisReply] = []
    private let continuation: CheckedContinuation<Answer, Never>

    init(
        count: Int, size: Int, deadline: ContinuousClock.Instant, _ continuation: CheckedContinuation<Answer, Never>
    ) {
        self.count = count
        self.size = size
        self.deadline = deadline
        self.continuation = continuation
        replies.reserveCapacity(count)
    }

    /// Commands still without a reply.
    var missing: Int { count - replies.count }

    func take(_ reply: RedisReply) {
        replies.append(reply)
    }

    /// Ends the wait; exactly once, by whoever took the batch from the queue.
    func succeed() {
        continuation.resume(returning: .success(replies))
    }

    /// Ends the wait; exactly once, by whoever took the batch from the queue.
    func fail(_ error: RedisError) {
        continuation.resume(returning: .failure(error))
    }
}

/// The batches that wait, in the order in which Redis will answer them.
struct PendingReplies {
    private var batches: [PendingBatch] = []
    private var first = 0
    /// Commands without a reply.
    private(set) var commands = 0
    /// Bytes of the batches that are not wholly answered.
    private(set) var bytes = 0

    mutating func append(_ batch: PendingBatch) {
        batches.append(batch)
        commands += batch.missing
        bytes += batch.size
    }

    /// Gives a reply to the command that waits longest; returns its batch once that is complete. Nil also for a reply
    /// that nobody asked for.
    mutating func take(_ reply: RedisReply) -> PendingBatch? {
        guard first < batches.count else { return nil }
        let batch = batches[first]
        batch.take(reply)
        commands -= 1
        guard batch.missing == 0 else { return nil }
        bytes -= batch.size
        first += 1
        compact()
        return batch
    }

    /// All that wait, who are forgotten here.
    mutating func removeAll() -> [PendingBatch] {
        defer { self = PendingReplies() }
        return Array(batches[first...])
    }

    var earliestDeadline: ContinuousClock.Instant? {
        batches[first...].lazy.map(\.deadline).min()
    }

    /// Moves the rest to the front when it is the smaller half, so that each batch is moved about once.
    private mutating func compact() {
        guard first == batches.count || first > 64 && first * 2 > batches.count else { return }
        batches.removeSubrange(..<first)
        first = 0
    }
}
