public import ChatApplication
public import ChatDomain
import JSONText
import LogArchive
import PostgresClient

extension AuditReader {
    /// How many events there are behind one position and up to another one; of the busiest, at most `limit` lines.
    public func report(
        by dimension: AuditReport.Dimension, after: Position, upTo: Position, limit: Int
    ) async throws -> AuditReport {
        try await access.read { transaction in
            let old = try await archivedCounts(dimension, after: after, upTo: upTo)
            let rows = try await transaction.query(
                """
                select \(Self.expression(dimension))::text, count(*) from chat.audit_log e
                where e.position > $1 and e.position <= $2 group by 1
                order by \(dimension == .day ? "1" : "2 desc, 1") \(old.isEmpty ? "limit \(limit)" : "")
                """, [.int8(after.value), .int8(upTo.value)])
            let here = (0..<rows.rowCount).map { (key: rows.text($0, 0), events: rows.int($0, 1) ?? 0) }
            let counted = old.isEmpty ? here : Self.merged(here, old, dimension, limit)
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

    /// What is in archives is counted as the database counts the rest.
    private func archivedCounts(
        _ dimension: AuditReport.Dimension, after: Position, upTo: Position
    ) async throws -> [String?: Int64] {
        guard let archived, archived.concerns(after: after), after < upTo else { return [:] }
        var counts: [String?: Int64] = [:]
        _ = try await archived.scan(after: after, upTo: upTo) { events in
            for event in events { counts[Self.key(of: event, dimension), default: 0] += 1 }
            return true
        }
        return counts
    }

    private static func key(of event: RecordedEvent, _ dimension: AuditReport.Dimension) -> String? {
        switch dimension {
        case .day: String(ArchiveTime.text(event.recordedAt).prefix(while: { $0 != "T" }))
        case .type: event.type
        case .actor: event.cause.actor.map { "\($0.value)" }
        case .node: event.node?.value
        }
    }

    private static func merged(
        _ here: [(key: String?, events: Int64)], _ old: [String?: Int64], _ dimension: AuditReport.Dimension,
        _ limit: Int
    ) -> [(key: String?, events: Int64)] {
        var counts = old
        for line in here { counts[line.key, default: 0] += line.events }
        let lines = counts.map { (key: $0.key, events: $0.value) }.sorted { one, other in
            let isEarlier = (one.key ?? "~") < (other.key ?? "~")
            return dimension == .day || one.events == other.events ? isEarlier : one.events > other.events
        }
        return Array(lines.prefix(limit))
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
