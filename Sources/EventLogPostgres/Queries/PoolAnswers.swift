import ChatApplication
import PostgresClient

extension PostgresPool {
    /// Runs one statement on a connection of its own; whatever goes wrong is `unavailable`.
    nonisolated func answer(
        _ sql: String, _ parameters: [PostgresValue]
    ) async throws(EventLogError) -> PostgresResult {
        do {
            return try await withConnection { try await $0.query(sql, parameters, timeout: LogLimits.readPatience) }
        } catch {
            throw .unavailable(String(describing: error))
        }
    }
}
