import Foundation

/// The memory of a process, from `/proc`.
enum ProcessMemory {
    /// The largest resident set that it has had, in bytes; nil if there is no such process.
    static func peakBytes(of pid: Int) -> Int? {
        FileManager.default.contents(atPath: "/proc/\(pid)/status")
            .flatMap { parse(status: String(decoding: $0, as: UTF8.self)) }
    }

    /// The line `VmHWM` of `/proc/PID/status` (proc(5)), which is in units of 1024 bytes.
    static func parse(status: String) -> Int? {
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
}

extension ProcessTimes {
    /// The processor time of a process with all that descend from it, in seconds.
    func seconds(of pid: Int) -> Double { Double(ticks(of: pid)) / Self.ticksPerSecond }

    /// The processor time of a process by itself, in seconds; nil if there is none.
    static func seconds(of pid: Int) -> Double? {
        FileManager.default.contents(atPath: "/proc/\(pid)/stat")
            .flatMap { parse(stat: String(decoding: $0, as: UTF8.self)) }
            .map { Double($0.ticks) / ticksPerSecond }
    }

    /// The process that all of a PostgreSQL server descend from, by the number of one that serves a connection; nil
    /// if the server is not on this machine.
    static func server(ofBackend pid: Int) -> Int? {
        guard let stat = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        let text = String(decoding: stat, as: UTF8.self)
        guard text.contains("(postgres)"), let parent = parse(stat: text)?.parent, parent > 1 else { return nil }
        return parent
    }
}
