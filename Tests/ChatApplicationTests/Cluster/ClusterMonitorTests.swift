import ChatApplication
import ChatDomain
import ChatTestKit
import Testing

@Suite("The watch over the nodes")
struct ClusterMonitorTests {
    private let loop = SimulatedLoop()
    private let log = InMemoryEventLog()
    private let cluster = InMemoryClusterStore()

    /// The nodes that a monitor declares lost, one look after the other, each after a time in milliseconds.
    private func looks(_ looks: [(after: Int, leases: [Int64]?)]) async throws -> [[String]] {
        let single = SingleCommand(log: log, keys: InMemorySealingKeys(), clock: loop)
        let term = try await single.run(.joinCluster(NodeName("a")))?[.node(NodeName("a"))] ?? 0
        let monitor = ClusterMonitor(executor: loop, cluster: cluster, single: single, clock: loop)
        var found: [[String]] = []
        for look in looks {
            loop.run(for: .milliseconds(look.after))
            cluster.fault = look.leases == nil ? .unavailable("away") : nil
            cluster.leases = (look.leases ?? []).map { NodeLease(node: NodeName("a"), term: term, age: $0 * 1_000) }
            let (results, told) = AsyncStream<[String]>.makeStream(bufferingPolicy: .unbounded)
            Task(executorPreference: loop) { told.yield(await monitor.look().map(\.value)) }
            loop.run(for: .milliseconds(1))
            for await result in results {
                found.append(result)
                break
            }
        }
        return found
    }

    @Test func aSilentNodeIsLostOnceTheMonitorHasBeenSteadyForAsLong() async throws {
        let steady = (0..<8).map { (after: 500, leases: Optional([Int64($0) * 500 + 1_000])) }
        #expect(try await looks(steady).allSatisfy(\.isEmpty))
        #expect(try await looks((0..<10).map { _ in (500, [5_000]) }).first { !$0.isEmpty } == ["a"])
        #expect(try await log.read(after: .start, upTo: nil, limit: 9).map(\.type).contains("NodeLost"))
    }

    @Test func anOutageOfTheStoreDeclaresNobodyDead() async throws {
        let before: [(after: Int, leases: [Int64]?)] = (0..<20).map { _ in (500, [100]) }
        #expect(try await looks(before + [(500, nil), (6_000, [7_000]), (500, [7_500])]).allSatisfy(\.isEmpty))
    }

    // An outage through which the look itself waits throws nothing: the leases were simply old when it was over.
    @Test func aLongTimeBetweenTwoLooksDeclaresNobodyDead() async throws {
        let before: [(after: Int, leases: [Int64]?)] = (0..<20).map { _ in (500, [100]) }
        #expect(try await looks(before + [(8_000, [8_000]), (500, [200])]).allSatisfy(\.isEmpty))
    }
}
