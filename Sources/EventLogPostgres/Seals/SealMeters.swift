import ChatDomain
import Telemetry

/// What a sealer tells the metrics.
struct SealMeters: Sendable {
    /// 1 while this node seals the log.
    let elected: Gauge
    /// 1 while the chain is not continued because it is not the one that was seen.
    let broken: Gauge
    private let position: Gauge
    private let lag: Gauge
    private let seconds: Histogram

    init(_ registry: MetricsRegistry) {
        elected = registry.gauge("parley_seal_elected", help: "Whether this node seals the log")
        broken = registry.gauge("parley_seal_broken", help: "Whether the chain of seals is not what was seen of it")
        position = registry.gauge("parley_seal_position", help: "The last position that is sealed")
        lag = registry.gauge("parley_seal_lag", help: "Events that are not sealed yet, when a seal was last looked for")
        seconds = registry.histogram("parley_seal_seconds", help: "What making a seal took", unit: .seconds)
    }

    func stands(at sealed: Position, head: Position) {
        position.set(Int(sealed.value))
        lag.set(Int(head.value - sealed.value))
    }

    func took(_ time: Duration) { seconds.record(time) }
}
