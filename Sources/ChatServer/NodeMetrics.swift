import ChatApplication
import ChatDomain
import Reactor
import Telemetry

/// What a node shows of its feed and its pipeline, read once a second.
enum NodeMetrics {
    static func register(
        _ registry: MetricsRegistry, parts: NodeParts, feed: NodeFeed, term: @escaping @Sendable () -> Int64
    ) {
        registry.gauge("parley_lease_term", help: "The node's lease term; 0 while it has none.") { Double(term()) }
        func items(_ path: String) -> Counter {
            registry.counter(
                "parley_feed_items_total", help: "Events that the node's feed took, by where from.",
                labels: ["path": path])
        }
        let (stream, log) = (items("redis"), items("log"))
        let position = registry.gauge("parley_feed_position", help: "Up to where the node's loops have the log.")
        let fast = registry.gauge("parley_feed_fast", help: "1 while the node reads its stream, 0 while the log.")
        let repairs = registry.counter(
            "parley_feed_repairs_total", help: "Times that lost entries were read from the log.")
        let backlog = registry.gauge("parley_commands_waiting", help: "Commands that are not answered yet.")
        let conflicts = registry.counter("parley_command_conflicts_total", help: "Decisions that were made anew.")
        Task {
            while !Task.isCancelled {
                position.set(Double(await feed.position.value))
                fast.set(await feed.isFast ? 1 : 0)
                repairs.rise(to: await feed.repairs)
                stream.rise(to: await feed.itemsOfStream)
                log.rise(to: await feed.itemsOfLog)
                backlog.set(await parts.pipeline.backlog)
                conflicts.rise(to: await parts.pipeline.conflicts)
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
