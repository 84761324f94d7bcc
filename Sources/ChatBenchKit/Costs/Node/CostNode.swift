import ChatApplication
import ChatDomain
import ChatSessions
import CommandLineTool
import Telemetry

/// A node's parts as `chatserver` puts them together, with one loop, in one thread, over ports that cost next to
/// nothing. Its clients are logged in and live.
final class CostNode {
    static let name = NodeName("a")
    /// Bytes of every text.
    static let textBytes = 100

    let community: CostCommunity
    let loop = CostLoop()
    let log = CostLog()
    let keys = CostKeys()
    let intake: CostIntake
    let worker: LoopWorker
    private(set) var clients: [CostClient] = []

    /// A node with so many clients, an even number.
    init(clients count: Int) throws {
        community = CostCommunity(size: count)
        community.settle(in: log)
        let pipeline = CommandPipeline(executor: loop, log: log, keys: keys, clock: StillClock())
        pipeline.assumeIsolated { $0.begin(node: Self.name, term: 1) }
        intake = CostIntake(pipeline)
        let services = Self.services(log, keys, CostReads(community: community), intake)
        worker = LoopWorker(loop: loop, services: services, limits: SharedRateLimits(services.settings))
        worker.assumeIsolated { $0.begin(at: .start) }
        clients = community.users.map { CostClient($0, at: worker) }
        for client in clients { client.logIn() }
        try finishLogins()
    }

    private static func services(
        _ log: CostLog, _ keys: CostKeys, _ reads: CostReads, _ intake: CostIntake
    ) -> NodeServices {
        var settings = SessionSettings()
        // The bucket is asked, and never empty: time stands still.
        (settings.rateCommands, settings.rateBurst) = (1_000_000, 1_000_000)
        return NodeServices(
            node: name, version: "costs", settings: settings, log: log, keys: keys, reads: reads,
            identifiers: NoIdentifiers(), passwords: CostPasswords(),
            credentials: Credentials(pepper: Array("sixteen bytes at least".utf8)), refusals: RefusalGathering(),
            clock: StillClock(), logger: .silent,
            submit: { [intake] in intake.submit($0, $1, $2) }, typed: { _ in }, told: { _ in }, term: { 1 },
            takesLogins: { true }, nextConnection: { [intake] in intake.nextConnection() },
            metrics: SessionMetrics(MetricsRegistry()))
    }

    /// What the feed tells last is heard by everybody: from here on they are live.
    private func finishLogins() throws {
        loop.drain()
        let end = log.events.last?.position ?? .start
        worker.give(.batch(FeedBatch(items: [], through: end)))
        loop.drain()
        // The greeting, and where the backlog ends.
        guard clients.allSatisfy({ $0.lines == 2 }) else {
            let said = String(decoding: clients[0].last, as: UTF8.self)
            throw ToolFailure(.failed, "a client could not log in: \(said)")
        }
    }

    /// Lines that all clients were sent.
    var lines: Int { clients.reduce(0) { $0 + $1.lines } }
}
