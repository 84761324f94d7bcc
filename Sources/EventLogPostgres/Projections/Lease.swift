import ChatDomain
import PostgresClient

/// A lease that one node holds at a time, under a term, on PostgreSQL's clock.
struct Lease: Sendable, Equatable {
    /// What it is for.
    var name: String
    /// Who holds it.
    var node: NodeName
    /// Rises with every change of holder.
    var term: Int64

    /// Takes the lease if it is free or has run out, renews it if it is the node's own; nil while another has it.
    static func campaign(
        _ session: some PostgresSession, _ name: String, node: NodeName, milliseconds: Int
    ) async throws(PostgresError) -> Lease? {
        let result = try await session.query(
            "select term, node from chat_cluster.campaign($1, $2, $3 * interval '1 millisecond')",
            [.text(name), .text(node.value), .double(Double(milliseconds))])
        guard result.rowCount == 1, let term = result.int(0, 0), result.text(0, 1) == node.value else { return nil }
        return Lease(name: name, node: node, term: term)
    }

    /// Gives the lease back, so that another need not wait for its end.
    func resign(_ session: some PostgresSession) async throws(PostgresError) {
        _ = try await session.query(
            "select chat_cluster.resign($1, $2, $3)", [.text(name), .text(node.value), .int8(term)])
    }
}
