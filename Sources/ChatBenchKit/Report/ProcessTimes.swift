import Foundation

/// The processor time of processes with all that descend from them, from `/proc`.
struct ProcessTimes {
    /// The kernel's unit in `/proc`, on every Linux that Swift runs on: 100 to a second.
    static let ticksPerSecond = 100.0

    /// Ticks of each process, with its parent.
    private let processes: [Int: (parent: Int, ticks: Int)]
    private let machine: MachineTimes

    /// Processors used by each role between two moments (1 is one of them in full), what other processes and the
    /// hypervisor took included.
    ///
    /// - Parameters:
    ///   - after: When the first moment is, in seconds from now.
    ///   - during: How long after it the second is, in seconds.
    @concurrent
    static func usage(of roles: [Role], after: Double, during: Double) async -> [Usage] {
        try? await Task.sleep(for: .seconds(after))
        let before = ProcessTimes()
        let begun = ContinuousClock.now
        try? await Task.sleep(for: .seconds(during))
        let now = ProcessTimes()
        let (seconds, attoseconds) = begun.duration(to: .now).components
        let ticks = (Double(seconds) + Double(attoseconds) / 1e18) * ticksPerSecond
        var all = (roles + [Role(name: "generator", pid: Int(ProcessInfo.processInfo.processIdentifier))]).map { role in
            Usage(name: role.name, processors: Double(now.ticks(of: role.pid) - before.ticks(of: role.pid)) / ticks)
        }
        let known = all.reduce(0) { $0 + $1.processors }
        let busy = Double(now.machine.busy - before.machine.busy) / ticks
        all.append(Usage(name: "others", processors: max(0, busy - known)))
        all.append(Usage(name: "stolen", processors: Double(now.machine.stolen - before.machine.stolen) / ticks))
        return all
    }

    init() {
        var processes: [Int: (parent: Int, ticks: Int)] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = Int(name), let text = ProcessTimes.text(of: "/proc/\(pid)/stat") else { continue }
            processes[pid] = ProcessTimes.parse(stat: text)
        }
        self.processes = processes
        machine = MachineTimes(stat: ProcessTimes.text(of: "/proc/stat") ?? "")
    }

    private static func text(of path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Parent and own ticks of a line of `/proc/PID/stat` (proc(5)); nil if it is something else. The time of children
    /// that ended and were waited for counts as the parent's.
    static func parse(stat: String) -> (parent: Int, ticks: Int)? {
        guard let close = stat.lastIndex(of: ")") else { return nil }
        // Behind the name, which may hold anything, the first field is number 3.
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 14, let parent = Int(fields[1]) else { return nil }
        return (parent, (11...14).reduce(0) { $0 + (Int(fields[$1]) ?? 0) })
    }

    func ticks(of pid: Int) -> Int {
        guard let own = processes[pid] else { return 0 }
        return processes.filter { $0.value.parent == pid && $0.key != pid }.keys.reduce(own.ticks) {
            $0 + ticks(of: $1)
        }
    }
}

/// A process that the figures name.
struct Role: Equatable {
    let name: String
    let pid: Int
}

/// How many processors a role used.
struct Usage: Equatable {
    let name: String
    let processors: Double
}

/// The first line of `/proc/stat` (proc(5)), in ticks over all processors.
struct MachineTimes: Equatable {
    /// Not idle, the hypervisor's theft not counted.
    let busy: Int
    /// Taken by the hypervisor for others.
    let stolen: Int

    init(stat: String) {
        let fields = stat.prefix { $0 != "\n" }.split(separator: " ").dropFirst().map { Int($0) ?? 0 }
        guard fields.count >= 8 else {
            busy = 0
            stolen = 0
            return
        }
        busy = fields[0] + fields[1] + fields[2] + fields[5] + fields[6]
        stolen = fields[7]
    }
}
