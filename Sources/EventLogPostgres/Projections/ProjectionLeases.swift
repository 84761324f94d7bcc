import ChatDomain
import ChatProjections
import PostgresClient

extension Lease {
    /// The lease of a projection's live set.
    static func name(of projection: String) -> String { "projection:\(projection)" }

    /// Takes or renews the leases of those projections whose live set has the version of this program. Those of another
    /// version are left to the nodes that know it. Returns what is held, by projection.
    static func campaign(
        _ session: some PostgresSession, for kinds: [any Projection.Type], node: NodeName, milliseconds: Int
    ) async throws(PostgresError) -> [String: Lease] {
        let result = try await session.query(
            """
            select p.projection, c.term, c.node
            from (
                select p.projection from chat_read.projections p
                join unnest($1::text[], $2::bigint[]) as w (projection, version)
                    on w.projection = p.projection and w.version = p.version
                where p.live order by p.projection offset 0) p
            cross join lateral
                chat_cluster.campaign('projection:' || p.projection, $3, $4 * interval '1 millisecond') c
            """,
            [
                .textArray(kinds.map { $0.name }), .int8Array(kinds.map { Int64($0.version) }), .text(node.value),
                .double(Double(milliseconds)),
            ])
        var held: [String: Lease] = [:]
        for row in 0..<result.rowCount {
            guard let projection = result.text(row, 0), let term = result.int(row, 1),
                result.text(row, 2) == node.value
            else { continue }
            held[projection] = Lease(name: name(of: projection), node: node, term: term)
        }
        return held
    }

    /// Takes these leases from whoever has them: their sets are of a version now that others run.
    static func free(_ projections: [String], _ session: some PostgresSession) async throws(PostgresError) {
        _ = try await session.query(
            """
            select chat_cluster.resign(l.name, l.node, l.term) from chat_cluster.leader l where l.name = any ($1)
            """, [.textArray(projections.map { name(of: $0) })])
    }
}
