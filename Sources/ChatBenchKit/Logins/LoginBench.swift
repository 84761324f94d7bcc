import CommandLineTool
import JSONText
import Reactor
import Telemetry

/// `chat-bench login`: how many logins a cluster takes.
struct LoginBench: Sendable {
    static let command = Command(
        "login", "clients that connect, log in and go, so many at a time, again and again",
        options: BenchTarget.options + [
            .integer("users", "N", in: 1...1_000_000, default: 2000, help: "how many users take turns"),
            .integer("at-once", "N", in: 1...20_000, default: 64, help: "logins under way at a time, of as many users"),
            .number("seconds", "S", in: 0.1...86_400, default: 10, help: "how long it is measured"),
            .choice("by", ["token", "password"], default: "token", help: "with what they log in"), .json,
        ])

    private let target: BenchTarget
    private let plan: LoginPlan
    private let asJSON: Bool

    init(_ invocation: Invocation) throws {
        target = try BenchTarget(invocation)
        plan = LoginPlan(
            users: invocation.integer("users") ?? 1, atOnce: invocation.integer("at-once") ?? 1,
            seconds: invocation.number("seconds") ?? 1, usesPassword: invocation.text("by") == "password")
        asJSON = invocation.flag("json")
        guard plan.atOnce <= plan.users else {
            throw UsageError("--at-once is more than --users, of whom nobody logs in twice at a time")
        }
    }

    func run() async throws -> ExitCode {
        let report = try await Generator(target: target).logIn(plan)
        let output = StandardStream.output
        output.write(asJSON ? "\(report.json)\n" : report.text)
        return report.refused == 0 ? .success : .negative
    }
}

/// What is measured of logins.
struct LoginPlan: Sendable {
    let users: Int
    let atOnce: Int
    let seconds: Double
    let usesPassword: Bool
}

/// What came of them.
struct LoginReport: Sendable {
    let plan: LoginPlan
    let seconds: Double
    let succeeded: Int
    let refused: Int
    /// From the connection's beginning to the login's answer.
    let times: RunReport.Times
    let usage: [Usage]

    /// Times are in milliseconds, processors in whole ones.
    var json: JSONValue {
        .object([
            "mode": "login", "by": .string(plan.usesPassword ? "password" : "token"),
            "users": .integer(Int64(plan.users)), "atOnce": .integer(Int64(plan.atOnce)), "seconds": rounded(seconds),
            "logins": .integer(Int64(succeeded)), "refused": .integer(Int64(refused)),
            "loginsPerSecond": rounded(Double(succeeded) / seconds), "login": .object(times.json),
            "processors": .object(JSONObject(usage.map { ($0.name, rounded($0.processors)) })),
        ])
    }

    var text: String {
        """
        login by \(plan.usesPassword ? "password" : "token"): \(plan.atOnce) at a time, \(rounded(seconds)) s
        \(Int(Double(succeeded) / seconds)) logins/s, \(refused) refused; \
        p50 \(rounded(times.p50)), p99 \(rounded(times.p99)), max \(rounded(times.largest)) ms
        processors: \(usage.map { "\($0.name) \(rounded($0.processors))" }.joined(separator: ", "))

        """
    }
}
