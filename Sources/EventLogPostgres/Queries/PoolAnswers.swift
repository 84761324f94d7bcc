import ChatApplication
import PostgresClient

extension PostgresPool {
    /// How long a read may take before whoever asked is told that the service is not available.
    static let readPatience: Duration = .seconds(5)

    /// Runs one statement on a connection of its own; whatever goes wrong is `unavailable`.
    nonisolated func answer(
        _ sql: String, _ parameters: [PostgresValue]
    ) async throws(EventLogError) -> PostgresResult {
        do {
            return try await withConnection { try await $0.query(sql, parameters, timeout: Self.readPatience) }
        } catch {
            throw .unavailable(String(describing: error))
        }
    }
}
