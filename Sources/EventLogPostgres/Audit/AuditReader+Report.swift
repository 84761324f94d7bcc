public import ChatApplication
public import ChatDomain
import JSONText
import PostgresClient

extension AuditReader {
    /// How many events there are behind one position and up to another one; of the busiest, at most `limit` lines.
    public func report(
        by dimension: AuditReport.Dimension, after: Position, upTo: Position, limit: Int
    ) async throws -> AuditReport {
        try await access.read { transaction in
            let rows = try await transaction.query(
                """
                select \(Self.expression(dimension))::text, count(*) from chat.audit_log e
                where e.position > $1 and e.position <= $2 group by 1
                order by \(dimension == .day ? "1" : "2 desc, 1") limit \(limit)
                """, [.int8(after.value), .int8(upTo.value)])
            let counted = (0..<rows.rowCount).map { (rows.text($0, 0), rows.int($0, 1) ?? 0) }
            guard dimension == .actor else {
                return AuditReport(
                    dimension,
                    counted.map { key, events in
                        .init(label: key ?? "none", value: key.map { .string($0) } ?? .null, events: events)
                    })
            }
            let users = counted.map { $0.0.flatMap { Int64($0) }.map { UserID($0) } }
            let names = try await AuditLookup.names(of: Set(users.compactMap { $0 }), transaction)
            return AuditReport(
                dimension,
                zip(users, counted).map { user, line in
                    .init(
                        label: user.map(names.text) ?? "nobody", value: user.map(names.json) ?? .null, events: line.1)
                })
        }
    }

    private static func expression(_ dimension: AuditReport.Dimension) -> String {
        switch dimension {
        case .day: "(e.recorded_at at time zone 'UTC')::date"
        case .type: "e.type"
        case .actor: "e.actor_id"
        case .node: "e.node"
        }
    }
}
