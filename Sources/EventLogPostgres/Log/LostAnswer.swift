import ChatApplication
import ChatDomain
import PostgresClient
import Reactor

/// Finds out what became of a batch whose answer was lost, by fencing it off under the lock of the appends.
struct LostAnswer {
    let log: PostgresEventLog
    let batch: AppendBatch

    /// What the log keeps of a batch.
    private struct Record {
        var outcomes: [Int64]
        var firstPosition: Int64?
        var recordedAt: Int64
    }

    /// The outcomes if the batch was committed; `unavailable` if it was not and never will be; else `unknown`.
    func recover() async throws(EventLogError) -> [AppendOutcome] {
        // Only a node's batches are numbered.
        guard let origin = batch.origin else { throw .unknown }
        // A task of its own: the caller's may be cancelled, and the answer must be certain all the same.
        return try await Task { await outcome(origin) }.value.get()
    }

    private func outcome(_ origin: BatchOrigin) async -> Result<[AppendOutcome], EventLogError> {
        do throws(EventLogError) {
            guard let record = try await untilAnswered({ () async throws(EventLogError) in try await fence(origin) })
            else { return .failure(.unavailable("the answer was lost, and nothing was stored")) }
            return .success(
                try await untilAnswered { () async throws(EventLogError) in try await outcomes(record) })
        } catch {
            return .failure(error)
        }
    }

    private func untilAnswered<Value: Sendable>(
        _ body: () async throws(EventLogError) -> Value
    ) async throws(EventLogError) -> Value {
        let deadline = ContinuousClock.now + LogLimits.fencePatience
        while true {
            do throws(EventLogError) {
                return try await body()
            } catch {
                guard case .unavailable = error, ContinuousClock.now < deadline else { throw .unknown }
            }
            await log.appends.loop.sleep(for: LogLimits.fencePause)
        }
    }

    private func fence(_ origin: BatchOrigin) async throws(EventLogError) -> Record? {
        let rows: PostgresResult
        do {
            rows = try await log.appends.withConnection { connection in
                try await connection.query(
                    "SELECT committed, outcomes, first_position, recorded_at FROM chat_log.fence($1, $2, $3)",
                    [.text(origin.node.value), .int8(origin.term), .int8(origin.number)],
                    timeout: LogLimits.fenceTimeout)
            }
        } catch {
            // To fence twice does no harm.
            throw EventLogError(certain: error)
        }
        guard rows.rowCount == 1, rows.bool(0, 0) == true, let outcomes = rows.elements(0, 1) else { return nil }
        return Record(
            outcomes: (0..<outcomes.rowCount).compactMap { outcomes.int($0, 0) }, firstPosition: rows.int(0, 2),
            recordedAt: rows.timestamp(0, 3) ?? 0)
    }

    /// Builds the answer anew: positions follow from the outcomes, versions and kept results are read again.
    private func outcomes(_ record: Record) async throws(EventLogError) -> [AppendOutcome] {
        guard record.outcomes.count == batch.commands.count else { throw .refused("another batch has this number") }
        let versions = try await versions(record)
        let remembered = try await remembered(record)
        var position = record.firstPosition ?? 0
        var answers: [AppendOutcome] = []
        for (command, outcome) in zip(batch.commands, record.outcomes) {
            var receipt = Receipt(position: nil, version: nil, recordedAt: record.recordedAt)
            if outcome == 0, !command.events.isEmpty {
                receipt.position = Position(position)
                receipt.version = versions[position]
                position += Int64(command.events.count)
            } else if outcome == 1, let key = command.key, let first = remembered[key.digest] {
                receipt = first
            }
            answers.append(try AppendAnswer.outcome(outcome, receipt))
        }
        return answers
    }

    private func versions(_ record: Record) async throws(EventLogError) -> [Int64: Int64] {
        guard let first = record.firstPosition else { return [:] }
        let count = zip(batch.commands, record.outcomes).reduce(0) { $0 + ($1.1 == 0 ? $1.0.events.count : 0) }
        let rows = try await log.query(
            "SELECT position, version FROM chat_log.events WHERE position >= $1 AND position < $2",
            [.int8(first), .int8(first + Int64(count))])
        return (0..<rows.rowCount).reduce(into: [:]) { versions, row in
            if let position = rows.int(row, 0) { versions[position] = rows.int(row, 1) }
        }
    }

    private func remembered(_ record: Record) async throws(EventLogError) -> [[UInt8]: Receipt] {
        let keys = zip(batch.commands, record.outcomes).compactMap { $0.1 == 1 ? $0.0.key : nil }
        guard !keys.isEmpty else { return [:] }
        let rows = try await log.query(
            "SELECT key, position, version, recorded_at, result FROM chat_log.remembered($1)",
            [.uuidArray(keys.map { PostgresUUID(bytes: $0.digest) })])
        return (0..<rows.rowCount).reduce(into: [:]) { known, row in
            guard let key = rows.uuid(row, 0) else { return }
            known[key.bytes] = Receipt(
                position: rows.int(row, 1).map { Position($0) }, version: rows.int(row, 2),
                recordedAt: rows.timestamp(row, 3) ?? 0, result: rows.bytes(row, 4) ?? [])
        }
    }
}
