import ChatDomain
import EventLogPostgres
import PostgresClient
import Synchronization
import Telemetry

/// Sees over each new connection to PostgreSQL which life of the log it meets: before anything else is asked of a
/// database that was restored, or promoted, while the node was running.
///
/// If all that the node has seen is in the new life too, it goes on in it. If not, what its sessions were shown and its
/// caches hold never happened: the process starts anew, and its clients are told at their logins from where.
final class LifeWatch: Sendable {
    private let life = Mutex<LogLife?>(nil)
    private let seen = Atomic<Int64>(0)
    private let goOn = Mutex<@Sendable (LogLife) async -> Void>({ _ in })
    private let startAnew: @Sendable () -> Void
    private let logger: Logger

    init(logger: Logger, startAnew: @escaping @Sendable () -> Void = { Restart.now() }) {
        self.logger = logger
        self.startAnew = startAnew
    }

    /// The node has taken note of an event at this position, or of a log that goes so far. On any thread.
    func saw(_ position: Position) { _ = seen.max(position.value, ordering: .relaxed) }

    /// What makes the node go on in another life.
    func whenLifeChanges(_ body: @escaping @Sendable (LogLife) async -> Void) { goOn.withLock { $0 = body } }

    /// To be called over each new connection. Returns once the node can use it.
    func check(_ connection: PostgresConnection) async throws { await met(try await LogLife.observe(connection)) }

    func met(_ met: LogLife) async {
        let known = life.withLock { life in
            if life == nil { life = met }
            return life
        }
        guard let known, known != met else { return }
        // In the same database an epoch begins by hand, and takes nothing away.
        let seen = Position(seen.load(ordering: .relaxed))
        guard known.physical == met.physical || seen < met.from else {
            logger.warning(
                "the database was restored or promoted, and has lost what this node has seen: it starts anew",
                [.position: met.from.value])
            return startAnew()
        }
        logger.notice(
            "another life of the log has begun, with all that this node has seen", [.position: met.from.value])
        let goOn = goOn.withLock { $0 }
        await goOn(met)
        life.withLock { $0 = met }
    }
}
