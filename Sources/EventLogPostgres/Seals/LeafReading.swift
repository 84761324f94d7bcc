import ChatApplication
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
    /// - Parameter archived: what of it is read from archive files.
    /// - Throws: `ProofDefect` at the first position that has no event.
    static func run(
        _ connection: PostgresConnection, _ first: Position, _ last: Position, archived: ArchivedPart? = nil,
        _ body: (Position, ArraySlice<UInt8>) throws -> Void
    ) async throws {
        var first = first
        if let archived, archived.first <= last, first <= archived.last {
            let behind = max(first, archived.first).advanced(by: -1)
            if first <= behind { try await run(connection, first, behind, body) }
            first = try await run(archived, behind, last, body).advanced(by: 1)
        }
        guard first <= last else { return }
        var reading = LeafReading(first, last)
        _ = try await connection.copyOut(SealRows.leaves(first, last)) { rows in
            try reading.take(rows, body)
            try Task.checkCancellation()
        }
        try reading.finish()
    }

    /// The leaf of an event follows from it, wherever it was read.
    private static func run(
        _ archived: ArchivedPart, _ after: Position, _ upTo: Position,
        _ body: (Position, ArraySlice<UInt8>) throws -> Void
    ) async throws -> Position {
        do {
            return try await archived.scan(after: after, upTo: upTo) { events in
                for event in events { try body(event.position, EventLeaf.bytes(of: event)[...]) }
                return true
            }
        } catch let defect as ArchiveDefect {
            throw ProofDefect(defect.position, defect.reason)
        }
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
