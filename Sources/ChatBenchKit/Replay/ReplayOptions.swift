import CommandLineTool
import Foundation

/// What `chat-bench replay` is asked for.
struct ReplayOptions: Sendable {
    /// What is rebuilt together, and measured.
    enum Part: String, CaseIterable {
        case few
        case tables
        case search
        case all

        /// What chat-replay is told.
        var projections: [String] {
            switch self {
            case .few: ["user", "friend", "group"]
            case .tables: ["user", "friend", "group", "offline", "session", "conversation"]
            case .search: ["search"]
            case .all: []
            }
        }
    }

    static let command = Command(
        "replay", "make a log in an empty database, and measure how fast chat-replay rebuilds the read tables from it",
        options: [
            .text(
                "database", "URL", environment: "CHAT_DATABASE",
                help: "a libpq URI or keyword string; the log is made in it if it has none"),
            .integer(
                "events", "N", in: HistoryPlan.leastEvents...1_000_000_000, default: 10_000_000,
                help: "events of the log to make, 95 in 100 of them messages"),
            .integer("seed", "N", default: 1, help: "the same seed makes the same log"),
            .integer("size", "BYTES", in: 1...16_384, default: 100, help: "the length of a text"),
            .flag("generate-only", help: "make the log, which the database must not have yet, and measure nothing"),
            .flag("measure-only", help: "make no log: the database has one"),
            .choice(
                "rebuild", Part.allCases.map(\.rawValue), isRepeatable: true,
                help:
                    "what is rebuilt: few is user, friend and group, tables all but search and audit; default: few, tables, search"
            ),
            .integer("jobs", "N", in: 1...16, default: 1, help: "what chat-replay rebuild is told"),
            .flag("verify", help: "let chat-replay verify what was rebuilt"),
            .text("chat-replay", "PATH", help: "the program (default: the one beside this program)"),
            .json,
        ])

    let database: String
    let plan: HistoryPlan
    let generates: Bool
    let parts: [Part]
    let jobs: Int
    let verifies: Bool
    let program: String
    let asJSON: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        database = try invocation.required("database")
        plan = HistoryPlan(
            events: invocation.integer("events") ?? HistoryPlan.leastEvents,
            seed: UInt64(invocation.integer("seed") ?? 1), textBytes: invocation.integer("size") ?? 1)
        let (only, none) = (invocation.flag("generate-only"), invocation.flag("measure-only"))
        if only, none { throw UsageError("--generate-only and --measure-only leave nothing to do") }
        generates = !none
        let asked = invocation.texts("rebuild").compactMap { Part(rawValue: $0) }
        parts = only ? [] : asked.isEmpty ? [.few, .tables, .search] : asked
        jobs = invocation.integer("jobs") ?? 1
        verifies = !only && invocation.flag("verify")
        program = invocation.text("chat-replay") ?? Self.beside("chat-replay")
        asJSON = invocation.flag("json")
    }

    /// The path of another program of the package.
    static func beside(_ program: String) -> String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(program).path
    }
}
