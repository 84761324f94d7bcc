import ChatApplication
import ChatDomain
import PostgresClient

/// The rows that `chat_log.append` and `append_few` answer with, one a command.
enum AppendAnswer {
    static func outcomes(_ rows: PostgresResult, of batch: AppendBatch) throws(EventLogError) -> [AppendOutcome] {
        guard rows.rowCount == batch.commands.count else { throw .refused("the append answered for another batch") }
        var outcomes: [AppendOutcome] = []
        outcomes.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount {
            let receipt = Receipt(
                position: rows.int(row, 1).map { Position($0) }, version: rows.int(row, 2),
                recordedAt: rows.timestamp(row, 3) ?? 0, result: rows.bytes(row, 4) ?? [])
            outcomes.append(try outcome(rows.int(row, 0), receipt))
        }
        return outcomes
    }

    /// By the numbers of migrations/0006_append.sql.
    static func outcome(_ number: Int64?, _ receipt: Receipt) throws(EventLogError) -> AppendOutcome {
        switch number {
        case 0: return .appended(receipt)
        case 1: return .duplicate(receipt)
        case 2: return .conflict
        case 3: return .keyReused
        case 4: return .chained
        default: throw .refused("the append answered with an unknown outcome")
        }
    }
}
