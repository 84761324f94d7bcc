import ChatApplication
import PostgresClient

/// What PostgreSQL's answers mean for the log.
extension EventLogError {
    /// The error of something that was carried out wholly or not at all, and is known not to have been.
    init(certain error: any Error) {
        switch error {
        case let error as EventLogError: self = error
        case let error as PostgresError where error.code == .server: self = Self.refusal(error)
        case let error as PostgresError: self = .unavailable(error.description)
        default: self = .unavailable("the log could not be reached")
        }
    }

    private static func refusal(_ error: PostgresError) -> EventLogError {
        guard let state = error.sqlState else { return .unavailable(error.description) }
        switch state {
        case LogState.staleTerm: return .staleTerm
        case LogState.staleBatch: return .staleBatch
        default: break
        }
        return LogState.passing.contains(String(state.prefix(2)))
            ? .unavailable(error.description) : .refused(error.description)
    }

    /// Whether a request that ended so may have been carried out all the same.
    static func isUncertain(_ error: any Error) -> Bool {
        guard let error = error as? PostgresError else { return true }
        switch error.code {
        case .connectionLost, .timedOut, .cancelled, .closed, .protocolViolation: return true
        // Class 57: the server ended the session, perhaps after the commit.
        case .server: return error.sqlState?.hasPrefix("57") ?? true
        case .connectionFailed, .overloaded: return false
        }
    }
}

/// PostgreSQL's codes (Appendix A) and the log's own.
enum LogState {
    static let staleTerm = "PA001"
    static let staleBatch = "PA002"
    /// Classes of failures that pass: connection, read-only standby, rolled back, resources, locks, intervention, system.
    static let passing: Set<String> = ["08", "25", "40", "53", "55", "57", "58"]
}
