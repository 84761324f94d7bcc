import ChatDomain
import LogProof
import PostgresClient

/// Reads the leaves of a range and makes sure that each position has one.
struct LeafReading {
    private var next: Position
    private let last: Position

    init(_ first: Position, _ last: Position) {
        next = first
        self.last = last
    }

    /// Hands out each leaf with its position, in order.
    /// - Throws: `ProofDefect` at the first position that has no event.
    static func run(
        _ connection: PostgresConnection, _ first: Position, _ last: Position,
        _ body: (Position, ArraySlice<UInt8>) throws -> Void
    ) async throws {
        guard first <= last else { return }
        var reading = LeafReading(first, last)
        _ = try await connection.copyOut(SealRows.leaves(first, last)) { rows in
            try reading.take(rows, body)
            try Task.checkCancellation()
        }
        try reading.finish()
    }

    mutating func take(_ rows: PostgresResult, _ body: (Position, ArraySlice<UInt8>) throws -> Void) throws {
        for row in 0..<rows.rowCount {
            let position = Position(rows.int(row, 0) ?? 0)
            guard position == next else {
                throw ProofDefect(
                    min(position, next),
                    position > next ? "there is no event at position \(next)" : "position \(position) has two events")
            }
            try body(position, rows.copiedRow(row))
            next = next.advanced(by: 1)
        }
    }

    func finish() throws(ProofDefect) {
        guard next > last else { throw ProofDefect(next, "there is no event at position \(next)") }
    }
}
