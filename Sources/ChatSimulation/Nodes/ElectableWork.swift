import ChatApplication
import ChatDomain

/// What an elected node does for all: the relay, and the watch over the others. The same steps as in `chatserver`.
final class ElectableWork: @unchecked Sendable {
    private static let lease = "relay"
    private static let lifetime: Duration = .milliseconds(1_500)
    private static let interval: Duration = .milliseconds(500)

    private let node: NodeName
    private let loop: SimulatedLoop
    private let cluster: SimulatedClusterStore
    private let timeline: Timeline
    private let relay: Relay
    private let monitor: ClusterMonitor
    private var relayTask: Task<Void, Never>?
    private var endingRelay: Task<Void, Never>?

    init(
        node: NodeName, loop: SimulatedLoop, cluster: SimulatedClusterStore, timeline: Timeline, relay: Relay,
        monitor: ClusterMonitor
    ) {
        self.node = node
        self.loop = loop
        self.cluster = cluster
        self.timeline = timeline
        self.relay = relay
        self.monitor = monitor
    }

    func run() async {
        while true {
            await round()
            await loop.sleep(for: Self.interval)
        }
    }

    private func round() async {
        do throws(EventLogError) {
            guard try await cluster.campaign(Self.lease, node: node, lifetime: Self.lifetime) else {
                return stepDown()
            }
            await startRelay()
            for lost in await monitor.look() { timeline.trace.note("\(node) declares \(lost) lost") }
        } catch {
            stepDown()
        }
    }

    private func stepDown() {
        relayTask?.cancel()
        endingRelay = relayTask ?? endingRelay
        relayTask = nil
        let monitor = monitor
        Task(executorPreference: loop) { await monitor.pause() }
    }

    private func startRelay() async {
        guard relayTask == nil else { return }
        await endingRelay?.value
        endingRelay = nil
        let (relay, loop, timeline, node) = (relay, loop, timeline, node)
        relayTask = Task(executorPreference: loop) {
            while !Task.isCancelled {
                do throws(EventLogError) {
                    try await relay.run()
                } catch {
                    timeline.trace.note("\(node)'s relay begins anew: \(error)")
                    await loop.sleep(for: .milliseconds(200))
                }
            }
        }
    }
}
