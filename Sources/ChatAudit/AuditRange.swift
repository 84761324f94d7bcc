import ChatDomain
import CommandLineTool
import EventLogPostgres

/// From where to where in the log, as it is given on the command line.
struct AuditRange: Sendable {
    static let options: [Option] = [
        .text("since", "TIME|P", help: "from this time or position on"),
        .text("until", "TIME|P", help: "only before this time or position"),
    ]

    /// A position, or a time in microseconds since 1970 UTC.
    enum Bound: Sendable {
        case position(Int64)
        case time(Int64)
    }

    private let since: Bound?
    private let until: Bound?
    /// As given.
    let arguments: [AuditQueried.Argument]

    init(_ invocation: Invocation) throws(UsageError) {
        var arguments: [AuditQueried.Argument] = []
        func bound(_ name: String) throws(UsageError) -> Bound? {
            guard let text = invocation.text(name) else { return nil }
            guard let bound = Self.bound(text) else {
                throw UsageError("--\(name) takes a position, a day as 2026-11-20, or a time as 2026-11-20T10:00:00Z")
            }
            arguments.append(.init(name, text))
            return bound
        }
        since = try bound("since")
        until = try bound("until")
        self.arguments = arguments
    }

    static func bound(_ text: String) -> Bound? {
        if let position = Int64(text) { return position >= 0 ? .position(position) : nil }
        return (TimeText(text) ?? TimeText(text + "T00:00:00Z")).map { .time($0.instants.lowerBound) }
    }

    /// Behind which position, and up to which one.
    func positions(_ reader: AuditReader) async throws -> (after: Position, upTo: Position) {
        (
            try await Self.before(since, reader) ?? .start,
            try await Self.before(until, reader) ?? Position(.max)
        )
    }

    private static func before(_ bound: Bound?, _ reader: AuditReader) async throws -> Position? {
        switch bound {
        case nil: nil
        case .position(let position): Position(max(position - 1, 0))
        case .time(let time): try await reader.position(before: time)
        }
    }
}
