/// How much a log line matters; ordered, the least first.
public enum LogLevel: String, Sendable, CaseIterable, Comparable {
    /// For one who looks for a defect; off in production.
    case debug
    /// A step of ordinary life: started, joined, caught up.
    case info
    /// Rare and worth knowing, nothing is wrong: elected, lease taken over, Redis back.
    case notice
    /// The node works on with something missing or slow.
    case warning
    /// Something failed that an operator must look at.
    case error

    /// Orders by importance.
    public static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .notice: 2
        case .warning: 3
        case .error: 4
        }
    }
}
