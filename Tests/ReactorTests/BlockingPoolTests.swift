import Glibc
import Reactor
import Synchronization
import Testing

@Suite struct BlockingPoolTests {
    private struct Odd: Error {}

    @Test func whatABodyReturnsOrThrowsComesBack() async throws {
        let pool = BlockingPool(name: "pool", threads: 2, queueLimit: 1000)
        defer { pool.stop() }
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<500 { group.addTask { try await pool.run { number } } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 124_750)
        await #expect(throws: Odd.self) { try await pool.run { throw Odd() } }
    }

    @Test func aFullQueueRefusesAtOnce() async throws {
        let pool = BlockingPool(name: "pool", threads: 1, queueLimit: 1)
        let gate = Gate()
        let busy = Task { try await pool.run { gate.wait() } }
        while !gate.reached { await Task.yield() }
        let queued = Task { try await pool.run { 42 } }
        while pool.waiting == 0 { await Task.yield() }
        await #expect(throws: BlockingPoolError.full) { try await pool.run { 0 } }
        gate.open()
        try await busy.value
        #expect(try await queued.value == 42)
        pool.stop()
        await #expect(throws: BlockingPoolError.stopped) { try await pool.run { 0 } }
    }

    @Test func lanesTakeTurnsAndALongOneIsRefusedMore() async throws {
        let pool = BlockingPool(name: "pool", threads: 1, queueLimit: 6, laneLimit: 4)
        defer { pool.stop() }
        let gate = Gate()
        let order = Order()
        let busy = Task { try await pool.run { gate.wait() } }
        while !gate.reached { await Task.yield() }
        var tasks: [Task<Void, any Error>] = []
        for (number, lane) in ["a", "a", "a", "a", "b", "c"].enumerated() {
            if number == 4 {
                await #expect(throws: BlockingPoolError.full) { try await pool.run(lane: "a") {} }
            }
            tasks.append(Task { try await pool.run(lane: lane) { order.add(lane) } })
            while pool.waiting <= number { await Task.yield() }
        }
        await #expect(throws: BlockingPoolError.full) { try await pool.run(lane: "d") {} }
        gate.open()
        try await busy.value
        for task in tasks { try await task.value }
        #expect(order.lanes == ["a", "b", "c", "a", "a", "a"])
    }
}

/// In which order the lanes had their turns.
private final class Order: Sendable {
    private let seen = Mutex<[String]>([])

    var lanes: [String] { seen.withLock { $0 } }

    func add(_ lane: String) { seen.withLock { $0.append(lane) } }
}

/// Holds a thread of the pool until the test lets it go.
private final class Gate: Sendable {
    private let entered = Atomic(false)
    private let opened = Atomic(false)

    var reached: Bool { entered.load(ordering: .acquiring) }

    func open() {
        opened.store(true, ordering: .releasing)
    }

    func wait() {
        entered.store(true, ordering: .releasing)
        while !opened.load(ordering: .acquiring) { sched_yield() }
    }
}
