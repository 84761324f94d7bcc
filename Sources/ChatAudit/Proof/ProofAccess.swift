import LogAccess
import PostgresClient
import Reactor

extension LogAccess {
    /// A connection that only reads, as the role of auditors where it may.
    func auditing(on loop: EventLoop? = nil) async throws -> PostgresConnection {
        let connection = try await connect(on: loop)
        let member = try await connection.query(
            "SELECT pg_has_role(current_user, oid, 'member') FROM pg_roles WHERE rolname = 'chat_auditor'")
        if member.rowCount == 1, member.bool(0, 0) == true {
            _ = try await connection.query("SET ROLE chat_auditor")
        }
        _ = try await connection.query("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        return connection
    }
}
