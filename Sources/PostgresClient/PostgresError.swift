/// Why PostgreSQL did not do what was asked of it.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; decides what the caller may do next.
    public enum Code: Sendable, Equatable {
        /// No connection could be made. Nothing was sent.
        case connectionFailed
        /// The connection broke after the request was handed over: whether it was carried out is unknown.
        case connectionLost
        /// The server refused; `sqlState` says why. Nothing of a single statement was kept.
        case server
        /// The request's time ran out. If it had been sent, its outcome is unknown, and the server may still run it.
        case timedOut
        /// The waiting task was cancelled. If the request had been sent, its outcome is unknown.
        case cancelled
        /// The connection or pool was closed by its owner.
        case closed
        /// Too many requests are waiting already. Nothing was sent.
        case overloaded
        /// The request cannot be sent, or the server's answer fits no request: an error of the program.
        case protocolViolation
    }

    /// The kind of failure.
    public let code: Code
    /// The server's five-character code, as `23505`, where it sent one.
    public let sqlState: String?
    /// What happened, without parameters and passwords: fit for logs.
    public let message: String
    /// The constraint that was violated.
    public let constraint: String?
    /// The server's own words in full. They may quote stored or sent values: not for logs.
    public let detail: String?

    init(_ code: Code, _ message: String, sqlState: String? = nil, constraint: String? = nil, detail: String? = nil) {
        self.code = code
        self.sqlState = sqlState
        self.message = message
        self.constraint = constraint
        self.detail = detail
    }

    /// A refusal of the server. Data exceptions (class 22) quote the value that they complain about.
    init(sqlState: String?, serverMessage: String, constraint: String?, serverDetail: String?) {
        let quotesValues = sqlState?.hasPrefix("22") ?? false
        self.init(
            .server, quotesValues ? "the server refused a value" : serverMessage, sqlState: sqlState,
            constraint: constraint, detail: [serverMessage, serverDetail].compactMap { $0 }.joined(separator: ": "))
    }

    /// Fit for logs.
    public var description: String {
        let named = [sqlState.map { "sqlstate \($0)" }, constraint.map { "constraint \($0)" }].compactMap { $0 }
        return "postgres: \(code)" + (named.isEmpty ? "" : " (\(named.joined(separator: ", ")))") + ": \(message)"
    }
}
