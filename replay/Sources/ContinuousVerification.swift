import ChatDomain
import ChatProjections
import CommandLineTool
import Edge
import EventLogPostgres
import LogAccess
import Reactor
import Synchronization
import Telemetry

/// `chat-replay verify --continuous`: one projection after the other, round after round, with metrics of its own.
struct ContinuousVerification {
    /// Events a second that are folded unless told otherwise: some tens of megabytes a second at most.
    static let defaultThrottle = 20_000

    /// How it goes on.
    struct Settings {
        let pause: Duration
        let metrics: SocketAddress?

        /// Nil if it is to verify once.
        init?(_ invocation: Invocation) throws(UsageError) {
            guard invocation.flag("continuous") else {
                for option in ["pause", "metrics"] where invocation.isGiven(option) {
                    throw UsageError("--\(option) goes with --continuous")
                }
                return nil
            }
            pause = .seconds(invocation.integer("pause") ?? 60)
            guard let address = invocation.text("metrics") else {
                metrics = nil
                return
            }
            do {
                metrics = try SocketAddress(address)
            } catch {
                throw UsageError("--metrics takes HOST:PORT")
            }
        }
    }

    private let command: VerifyCommand
    private let settings: Settings
    private let registry = MetricsRegistry()

    init(_ command: VerifyCommand, _ settings: Settings) {
        self.command = command
        self.settings = settings
    }

    /// Goes on until it is asked to end; then says whether the last rounds found a difference.
    func run(_ database: LogAccess) async throws -> ExitCode {
        // On a thread of its own: sorting the keys of a large table takes seconds.
        let page = MetricsPage(on: EventLoop(name: "metrics"))
        let series = command.kinds.map { VerifiedProjection($0, registry) }
        if let address = settings.metrics { try await page.open(registry, at: address) }
        while !Task.isCancelled {
            for projection in series where !Task.isCancelled { await round(projection, database) }
            try? await Task.sleep(for: settings.pause)
        }
        await page.close()
        return series.contains { $0.hasDifferences } ? .negative : .success
    }

    /// A round that fails, as while the database is away, is told and tried again in its turn.
    private func round(_ projection: VerifiedProjection, _ database: LogAccess) async {
        do {
            projection.record(try await command.verify(projection.kind, database))
        } catch {
            guard !Task.isCancelled else { return }
            projection.recordFailure()
            StandardStream.error.write("verify \(projection.kind.name): \(DisplayText.printable("\(error)"))\n")
        }
    }
}

/// What is known of one projection, as metrics.
private struct VerifiedProjection {
    let kind: any Projection.Type
    private let differences: Gauge
    private let position: Gauge
    private let rows: Gauge
    private let runs: Counter
    private let failures: Counter
    private let lastRun: LastRun

    init(_ kind: any Projection.Type, _ registry: MetricsRegistry) {
        self.kind = kind
        let labels: MetricsRegistry.Labels = ["projection": kind.name]
        differences = registry.gauge(
            "chat_verify_differences", help: "Columns in which live tables differed, in the last run.", labels: labels)
        position = registry.gauge("chat_verify_position", help: "Position of the last run.", labels: labels)
        rows = registry.gauge("chat_verify_rows", help: "Rows compared in the last run.", labels: labels)
        runs = registry.counter("chat_verify_runs_total", help: "Runs that came to their end.", labels: labels)
        failures = registry.counter("chat_verify_failures_total", help: "Runs that did not.", labels: labels)
        let lastRun = LastRun()
        registry.gauge(
            "chat_verify_last_run_age_seconds", help: "Since the last run came to its end, or since the start.",
            labels: labels
        ) { lastRun.age }
        self.lastRun = lastRun
    }

    var hasDifferences: Bool { differences.value > 0 }

    func record(_ outcome: ProjectionVerification.Outcome) {
        differences.set(outcome.differences)
        position.set(Int(outcome.position.value))
        rows.set(outcome.rows)
        runs.add()
        lastRun.ended()
    }

    func recordFailure() { failures.add() }
}

/// When the last run came to its end.
private final class LastRun: Sendable {
    private let time = Mutex(ContinuousClock.now)

    func ended() { time.withLock { $0 = .now } }

    var age: Double {
        let age = (ContinuousClock.now - time.withLock { $0 }).components
        return Double(age.seconds) + Double(age.attoseconds) / 1e18
    }
}

/// `/metrics` on a port of its own.
private actor MetricsPage {
    private let loop: EventLoop
    private var server: HTTPServer?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// How long a request's head may take.
    private static let patience = Duration.seconds(10)

    init(on loop: EventLoop) { self.loop = loop }

    func open(_ registry: MetricsRegistry, at address: SocketAddress) throws {
        let site = HTTPSite(paths: ["/metrics"], webSocketPath: "") { _ in
            HTTPResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: registry.prometheusText())
        }
        do {
            let server = try HTTPServer(
                on: loop, address: address, rules: EntranceRules(patience: Self.patience), site: site)
            self.server = server
            let bound = server.boundAddress.map { "\($0)" } ?? "\(address)"
            StandardStream.error.write("metrics at http://\(bound)/metrics\n")
        } catch {
            throw ToolFailure(.failed, "cannot serve metrics at \(address): \(error)")
        }
    }

    func close() { server?.close() }
}
