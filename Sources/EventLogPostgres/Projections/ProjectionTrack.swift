import ChatDomain
import ChatProjections
import Telemetry

/// A projection that a runner runs, and where it stands.
struct ProjectionTrack: Sendable {
    let projection: any Projection
    /// The live set of its tables.
    let set: Int
    /// The last event that it has folded.
    var position: Position
    /// Whether it waits ahead of an event until the next start.
    var isStuck: Bool

    init(_ projection: any Projection, set: ProjectionSet, isStuck: Bool) {
        self.isStuck = isStuck
        self.projection = projection
        self.set = set.number
        position = set.position
    }

    var kind: any Projection.Type { type(of: projection) }
    var name: String { kind.name }
}

/// What a runner tells the metrics.
struct ProjectionMeters: Sendable {
    private let events: Counter
    private let registry: MetricsRegistry

    init(_ registry: MetricsRegistry) {
        self.registry = registry
        events = registry.counter("parley_projections_events_total", help: "Events folded by this node")
    }

    /// 1 while this node runs the projection.
    func elected(_ projection: String) -> Gauge {
        registry.gauge(
            "parley_projection_elected", help: "Whether this node runs a projection",
            labels: ["projection": projection])
    }

    func position(_ projection: String) -> Gauge {
        registry.gauge(
            "parley_projection_position", help: "The last position that a projection has folded",
            labels: ["projection": projection])
    }

    func stuck(_ projection: String) -> Gauge {
        registry.gauge(
            "parley_projection_stuck", help: "Whether a projection waits ahead of an event that it cannot take",
            labels: ["projection": projection])
    }

    func folded(_ count: Int) { events.add(count) }
}

/// Events a second over about the last ten seconds.
struct RateMeter: Sendable {
    private static let memory = 10.0
    private var rate = 0.0
    private var last: ContinuousClock.Instant?

    mutating func add(_ count: Int, at now: ContinuousClock.Instant) -> Double {
        guard let before = last else {
            last = now
            return 0
        }
        let elapsed = max((now - before) / .seconds(1), 1e-6)
        last = now
        let weight = min(1, elapsed / Self.memory)
        rate += (Double(count) / elapsed - rate) * weight
        return rate
    }
}
