import CommandLineTool
import JSONText

/// `chat-bench offline`: messages to users who are away, and how fast they have them when they come back.
struct OfflineBench: Sendable {
    static let command = Command(
        "offline", "messages to users who are away, and how fast they get them when all come back at once",
        options: BenchTarget.options + [
            .integer(
                "users", "N", in: 1...10_000, default: 200, help: "users who are away; as many others write to them"),
            .integer("messages", "N", in: 1...1_000_000, default: 1000, help: "messages to each"),
            .integer("window", "N", in: 1...10_000, default: 8, help: "messages not answered yet, of each writer"),
            .integer("size", "BYTES", in: 1...16_384, default: 100, help: "the length of a text, at least some 40"),
            .number("patience", "S", in: 0.1...86_400, default: 300, help: "how long each half may take"), .json,
        ])

    private let target: BenchTarget
    private let plan: OfflinePlan
    private let asJSON: Bool

    init(_ invocation: Invocation) throws {
        target = try BenchTarget(invocation)
        plan = OfflinePlan(
            users: invocation.integer("users") ?? 1, messages: invocation.integer("messages") ?? 1,
            window: invocation.integer("window") ?? 1, size: invocation.integer("size") ?? 1,
            patience: invocation.number("patience") ?? 1)
        asJSON = invocation.flag("json")
    }

    func run() async throws -> ExitCode {
        let generator = Generator(target: target)
        let report = try await generator.carryOut(plan)
        await generator.close()
        let output = StandardStream.output
        output.write(asJSON ? "\(report.json)\n" : report.text)
        return report.faults.isEmpty ? .success : .negative
    }
}

/// What is measured of messages to users who are away.
struct OfflinePlan: Sendable {
    /// Those who are away, and as many who write to one of them each.
    let users: Int
    /// To each.
    let messages: Int
    /// Messages not answered yet, of each writer.
    let window: Int
    /// The bytes of a text.
    let size: Int
    /// In seconds: how long each half may take.
    let patience: Double
}

/// What came of it.
struct OfflineReport: Sendable {
    let plan: OfflinePlan
    /// From the first message to the last answer.
    let storeSeconds: Double
    /// From the first connection to the last message.
    let drainSeconds: Double
    /// From the beginning of a user's connection to its first message, right after all were stored.
    let first: RunReport.Times
    /// The same later, of one user at a time, who missed as many and has acknowledged none.
    let later: RunReport.Times
    let faults: Faults

    private var total: Double { Double(plan.users * plan.messages) }

    /// Times are in milliseconds.
    var json: JSONValue {
        .object([
            "mode": "offline", "users": .integer(Int64(plan.users)), "messages": .integer(Int64(plan.messages)),
            "size": .integer(Int64(plan.size)), "storeSeconds": rounded(storeSeconds),
            "storedPerSecond": rounded(total / storeSeconds), "drainSeconds": rounded(drainSeconds),
            "drainedPerSecond": rounded(total / drainSeconds), "first": .object(first.json),
            "later": .object(later.json),
            "faults": .object(JSONObject(faults.named.map { ($0.name, .integer(Int64($0.count))) })),
        ])
    }

    var text: String {
        let found = faults.named.filter { $0.count > 0 }.map { "\($0.name) \($0.count)" }
        return """
            offline: \(plan.messages) messages to each of \(plan.users) users who are away, texts of \(plan.size) bytes
            stored in \(rounded(storeSeconds)) s, \(Int(total / storeSeconds))/s
            drained in \(rounded(drainSeconds)) s, \(Int(total / drainSeconds))/s
            from the connection to the first message: p50 \(rounded(first.p50)), max \(rounded(first.largest)) ms
            the same one by one, later: p50 \(rounded(later.p50)), max \(rounded(later.largest)) ms
            \(found.isEmpty ? "no faults" : "FAULTS: \(found.joined(separator: ", "))")

            """
    }
}
