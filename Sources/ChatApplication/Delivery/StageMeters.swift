public import Telemetry

/// How long each stage of a command, and of the event that comes of it, takes. One family, a series a stage.
///
/// On one host the stages of a message from socket to socket add up; between hosts their clocks must agree.
public struct StageMeters: Sendable {
    /// From the bytes at the socket to the pipeline: requests of its connection that came before are waited for.
    public let received: Histogram
    /// From the pipeline's entrance to the batch that leaves for the log: states are loaded, the decision made.
    public let decided: Histogram
    /// The append of that batch, up to the commit; once for each of its commands.
    public let appended: Histogram
    /// From the bytes at the socket to the answer.
    public let answered: Histogram
    /// From the event's time in the log to its publication on Redis; once for each event and node.
    public let relayed: Histogram
    /// From the event's time in the log to the writing to sessions that are live; once for each event and loop.
    public let delivered: Histogram
    /// From the event's time in the log to its acknowledgement by a session that was live then.
    public let acknowledged: Histogram
    /// Commands of one append.
    public let batch: Histogram

    /// Registers them; the same ones each time.
    public init(_ registry: MetricsRegistry) {
        func stage(_ name: String) -> Histogram {
            registry.histogram(
                "parley_stage_seconds", help: "How long a stage of a command or its event took.", unit: .seconds,
                labels: ["stage": name])
        }
        received = stage("received")
        decided = stage("decided")
        appended = stage("appended")
        answered = stage("answered")
        relayed = stage("relayed")
        delivered = stage("delivered")
        acknowledged = stage("acknowledged")
        batch = registry.histogram("parley_append_commands", help: "Commands of one append.", unit: .count)
    }

    /// Meters that nobody shows.
    public init() { self.init(MetricsRegistry()) }
}
