public import ChatApplication
public import ChatDomain
public import PostgresClient

/// Leases in PostgreSQL, on its clock.
public struct PostgresClusterStore: ClusterStore {
    /// The version of the stored events that this program reads.
    public static let eventLevel: Int32 = 1
    private let pool: PostgresPool

    /// Over a pool of connections.
    public init(pool: PostgresPool) { self.pool = pool }

    /// See `ClusterStore`.
    public func renew(_ node: NodeName, term: Int64) async throws(EventLogError) {
        _ = try await pool.answer(
            "select chat_cluster.renew($1, $2, $3)", [.text(node.value), .int8(term), .int4(Self.eventLevel)])
    }

    /// See `ClusterStore`.
    public func nodes() async throws(EventLogError) -> [NodeLease] {
        let rows = try await pool.answer(
            """
            select node, term, (extract(epoch from clock_timestamp() - renewed_at) * 1000000)::bigint
            from chat_cluster.nodes
            """, [])
        return rows.map { row in
            NodeLease(
                node: NodeName(rows.text(row, 0) ?? ""), term: rows.int(row, 1) ?? 0, age: rows.int(row, 2) ?? 0)
        }
    }

    /// See `ClusterStore`.
    public func campaign(_ lease: String, node: NodeName, lifetime: Duration) async throws(EventLogError) -> Bool {
        let rows = try await pool.answer(
            "select node from chat_cluster.campaign($1, $2, $3::bigint * interval '1 microsecond')",
            [.text(lease), .text(node.value), .int8(Int64(lifetime / .microseconds(1)))])
        return rows.rowCount == 1 && rows.text(0, 0) == node.value
    }

    /// See `ClusterStore`.
    public func resign(_ lease: String, node: NodeName) async throws(EventLogError) {
        _ = try await pool.answer("select chat_cluster.resign($1, $2)", [.text(lease), .text(node.value)])
    }

    /// See `ClusterStore`.
    public func remove(_ node: NodeName, term: Int64) async throws(EventLogError) {
        _ = try await pool.answer("select chat_cluster.forget($1, $2)", [.text(node.value), .int8(term)])
    }
}
