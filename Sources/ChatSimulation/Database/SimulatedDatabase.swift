import ChatApplication
import ChatDomain
import ChatTestKit
import EventCodec

/// The one database of a world: the log, the read tables that follow it, keys, leases and numbers. It has a loop of
/// its own and outlives every node: what was asked of it may happen after whoever asked has died.
final class SimulatedDatabase: @unchecked Sendable {
    let timeline: Timeline
    let loop: SimulatedLoop
    let log: InMemoryEventLog
    let keys = InMemorySealingKeys()
    let leases: LeaseTable
    let tables: ReadTables
    var faults: DatabaseFaults
    private var lastUser: Int64 = 0
    private var lastGroup: Int64 = 0

    init(on timeline: Timeline, faults: DatabaseFaults) {
        self.timeline = timeline
        self.faults = faults
        loop = SimulatedLoop("database", on: timeline)
        log = InMemoryEventLog(now: { timeline.now() })
        leases = LeaseTable(timeline)
        tables = ReadTables(log: log, keys: keys, loop: loop, stalls: faults.tableStalls)
    }

    func begin() { tables.begin() }

    func nextUser() -> UserID {
        lastUser += 1
        return UserID(lastUser)
    }

    func nextGroup() -> GroupID {
        lastGroup += 1
        return GroupID(lastGroup)
    }

    /// Carries out what a node asks for, after the way there, and answers after the way back. `effect` happens whether
    /// or not anybody waits for the answer.
    func ask<Value: Sendable>(
        _ what: StaticString, _ effect: @escaping @Sendable () async throws(EventLogError) -> Value
    ) async throws(EventLogError) -> Value {
        let result: Result<Value, EventLogError> = await withCheckedContinuation { continuation in
            Task(executorPreference: loop) {
                continuation.resume(returning: await self.answer(what, effect))
            }
        }
        return try result.get()
    }

    private func answer<Value: Sendable>(
        _ what: StaticString, _ effect: @Sendable () async throws(EventLogError) -> Value
    ) async -> Result<Value, EventLogError> {
        await loop.sleep(faults.delay(timeline))
        guard !faults.isAway(at: timeline.time), !timeline.chance(faults.readFailures) else {
            timeline.trace.note("\(what) fails: the database is away")
            return .failure(.unavailable("the database is away"))
        }
        do throws(EventLogError) {
            let value = try await effect()
            await loop.sleep(faults.delay(timeline))
            return .success(value)
        } catch {
            return .failure(error)
        }
    }
}

/// How the database fails, in percent of calls and in times of the timeline.
struct DatabaseFaults {
    /// Reads and small writes that fail.
    var readFailures = 0
    /// Appends whose answer is lost, and found out again.
    var lostAnswers = 0
    /// Appends of which is never found out what became of them.
    var unknowns = 0
    /// Appends that fail before they took effect.
    var appendFailures = 0
    /// Calls that take long.
    var slow = 0
    /// How long the read tables stand still now and then, in milliseconds; 0: never.
    var tableStalls = 0
    /// When it answers nobody.
    var outages: [Range<Int64>] = []

    static let none = DatabaseFaults()

    func isAway(at time: Int64) -> Bool { outages.contains { $0.contains(time) } }

    /// The time of one way, in microseconds.
    func delay(_ timeline: Timeline) -> Int64 {
        timeline.chance(slow) ? timeline.milliseconds(20...1_500) : Int64(timeline.random.number(20...1_500))
    }
}
