import CommandLineTool
import Foundation
import JSONText

/// What one run of chat-replay, or of chat-audit, took.
struct ReplayRun: Sendable {
    /// Between two looks at the process.
    private static let look = Duration.milliseconds(20)

    let what: String
    let events: Int
    let seconds: Double
    /// The largest resident set, in bytes; 0 if it could not be seen.
    let peakBytes: Int
    /// In seconds, as the last look found it.
    let ownSeconds: Double
    /// Of the whole server, in seconds; nil if it runs elsewhere.
    let postgresSeconds: Double?

    /// Runs the program to its end. What it prints goes to standard error.
    static func carryOut(
        _ what: String, _ program: String, _ arguments: [String], database: String, events: Int, postgres: Int?
    ) async throws -> ReplayRun {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["CHAT_DATABASE": database]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.standardError
        let before = postgres.map { ProcessTimes().seconds(of: $0) }
        let begun = ContinuousClock.now
        do { try process.run() } catch { throw ToolFailure(.failed, "\(program) cannot be started") }
        let pid = Int(process.processIdentifier)
        var (peak, own) = (0, 0.0)
        while process.isRunning {
            peak = max(peak, ProcessMemory.peakBytes(of: pid) ?? 0)
            own = max(own, ProcessTimes.seconds(of: pid) ?? 0)
            try await Task.sleep(for: look)
        }
        let (whole, rest) = begun.duration(to: .now).components
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ToolFailure(.failed, "\(what) ended with \(process.terminationStatus)")
        }
        let after = postgres.map { ProcessTimes().seconds(of: $0) }
        return ReplayRun(
            what: what, events: events, seconds: Double(whole) + Double(rest) / 1e18, peakBytes: peak, ownSeconds: own,
            postgresSeconds: after.flatMap { after in before.map { after - $0 } })
    }

    /// The figures; processors are whole ones on average.
    var json: JSONObject {
        var object: JSONObject = [
            "what": .string(what), "events": .integer(Int64(events)), "seconds": rounded(seconds),
            "eventsPerSecond": rounded(Double(events) / max(seconds, 0.001)),
            "peakBytes": .integer(Int64(peakBytes)), "chatReplay": rounded(ownSeconds / seconds),
        ]
        if let postgresSeconds { object["postgres"] = rounded(postgresSeconds / seconds) }
        return object
    }
}

extension ReplayRun {
    /// The runs for people.
    static func table(_ runs: [ReplayRun], colour: Bool) -> String {
        let table = Table(
            [
                .init("what"), .init("seconds", isTrailing: true),
                .init("eventsPerSecond", title: "EVENTS/S", isTrailing: true),
                .init("peak", title: "PEAK MB", isTrailing: true),
                .init("chatReplay", title: "CHAT-REPLAY", isTrailing: true), .init("postgres", isTrailing: true),
            ],
            rows: runs.map { run in
                var row = run.json
                row["peak"] = .integer(Int64(run.peakBytes / 1_000_000))
                return row
            })
        return table.text(colour: colour)
    }
}
