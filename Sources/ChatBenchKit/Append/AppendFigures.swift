import ChatApplication
import CommandLineTool
import JSONText

/// What appending took.
struct AppendFigures {
    let batch: Int
    let users: Int
    let hasKeys: Bool
    private(set) var events = 0
    /// From handing a batch over to its answer, all together.
    private(set) var seconds = 0.0
    /// Commands that the log did not append.
    private(set) var refused = 0
    /// Processor time of the PostgreSQL process that appends.
    var backendSeconds: Double?

    init(batch: Int, users: Int, hasKeys: Bool) {
        (self.batch, self.users, self.hasKeys) = (batch, users, hasKeys)
    }

    /// A batch was answered after so many seconds.
    mutating func took(_ seconds: Double, _ outcomes: [AppendOutcome]) {
        self.seconds += seconds
        events += outcomes.count
        refused += outcomes.count { if case .appended = $0 { false } else { true } }
    }

    static let columns: [Table.Column] = [
        .init("events", isTrailing: true), .init("batch", isTrailing: true), .init("users", isTrailing: true),
        .init("keys"), .init("seconds", isTrailing: true),
        .init("eventsPerSecond", title: "EVENTS/S", isTrailing: true),
        .init("backendMicroseconds", title: "BACKEND CPU µS/EVENT", isTrailing: true),
        .init("refused", isTrailing: true),
    ]

    var row: JSONObject {
        var row: JSONObject = [
            "events": .integer(Int64(events)), "batch": .integer(Int64(batch)), "users": .integer(Int64(users)),
            "keys": .bool(hasKeys), "seconds": rounded(seconds),
            "eventsPerSecond": rounded(Double(events) / max(seconds, 0.001)), "refused": .integer(Int64(refused)),
        ]
        if let backendSeconds { row["backendMicroseconds"] = rounded(backendSeconds * 1e6 / Double(max(events, 1))) }
        return row
    }
}
