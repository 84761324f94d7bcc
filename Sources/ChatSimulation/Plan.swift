import ChatApplication
import ChatSessions
import ChatTestKit

/// What a seed makes of a world: its size, its settings, and what goes wrong in it.
struct Plan {
    var nodes = 1
    var threads = 1
    var persons = 2
    var devices = 1
    var hasRedis = true
    var breaksConnections = false
    /// Milliseconds between two things that a client does.
    var pace = 20...300
    /// How long people are busy, in microseconds.
    var busy: Int64 = 4_000_000
    var settings = SessionSettings()
    var pipelineLimits = PipelineLimits()
    var database = DatabaseFaults.none
    var redisFailures = 0
    var redisLosses = 0
    var redisSlow = 0
    var incidents: [Incident] = []

    /// Something that happens at a time, in microseconds from the beginning.
    struct Incident {
        enum Kind {
            /// A node dies, and comes back after so many microseconds.
            case death(back: Int64)
            /// A node stands still.
            case pause(Int64)
            /// A node stands still, and another process takes its name meanwhile.
            case twin(Int64)
            /// Redis is away.
            case redisAway(Int64)
            /// Redis comes back with nothing, or without its newest entries.
            case redisEmpty, redisForgets
        }
        var at: Int64
        var kind: Kind
    }

    init(_ random: inout SeededRandom) {
        settings.rateCommands = 0
        settings.rateRegistrations = 0
        settings.rateLoginFailures = 0
        settings.rateLoginFailuresAddress = 0
        nodes = random.pick([1, 2, 2, 2, 3])
        threads = random.pick([1, 1, 2])
        persons = random.number(2...4)
        devices = random.pick([1, 1, 2])
        hasRedis = !random.oneIn(7)
        pace = random.pick([5...80, 20...300, 50...600])
        busy = Int64(random.number(2...7)) * 1_000_000
        settings.sessionQueue = random.pick([700, 2_000, 262_144, 262_144])
        pipelineLimits.batchCommands = random.pick([1, 2, 512, 512])
        pipelineLimits.wait = Int64(random.pick([500, 2_000, 10_000]))
        if !random.oneIn(5) { addFaults(&random) }
    }

    private mutating func addFaults(_ random: inout SeededRandom) {
        func now(_ percent: ClosedRange<Int>) -> Int { random.oneIn(2) ? random.number(percent) : 0 }
        breaksConnections = !random.oneIn(3)
        database.readFailures = now(1...4)
        database.appendFailures = now(1...10)
        database.lostAnswers = now(1...15)
        database.unknowns = now(1...8)
        database.slow = now(1...10)
        database.tableStalls = random.pick([0, 300, 3_000])
        redisFailures = now(1...10)
        redisLosses = now(1...15)
        redisSlow = now(1...5)
        for _ in 0..<random.number(0...3) { incidents.append(incident(&random)) }
        if random.oneIn(4) {
            let from = Int64(random.number(100_000...Int(busy)))
            database.outages.append(from..<from + Int64(random.number(50_000...3_000_000)))
        }
    }

    private func incident(_ random: inout SeededRandom) -> Incident {
        let at = Int64(random.number(200_000...Int(busy)))
        let long = Int64(random.number(100_000...8_000_000))
        let kind: Incident.Kind =
            switch random.number(1...9) {
            case ...3: .death(back: long)
            case ...5: .pause(long)
            case 6: .redisAway(long / 2)
            case 7: .redisEmpty
            case 8: .twin(long)
            default: .redisForgets
            }
        return Incident(at: at, kind: kind)
    }
}
