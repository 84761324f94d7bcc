/// Why Redis gave no answer. It carries no argument of any command, and no password.
public struct RedisError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The closed set of reasons.
    public enum Code: String, Sendable {
        /// The text is no address of a Redis.
        case invalidAddress
        /// No connection came about: nobody listens, the name has no address, or Redis did not take it.
        case cannotConnect
        /// No answer within the command's time. The connection is given up with it.
        case timeout
        /// The connection broke; whether Redis did what was asked is not known.
        case connectionLost
        /// The connection was closed by its owner; whether Redis did what was asked is not known.
        case closed
        /// Too much is waiting for an answer already; nothing was sent.
        case overloaded
        /// Redis answered with an error.
        case refused
        /// Redis answered with something else than the command promises.
        case unexpectedReply
        /// The command does not go with this connection: empty, or one that changes how it is read.
        case unsupported
    }

    /// The reason.
    public let code: Code
    /// The system's words, or the first word of Redis's error, such as `WRONGTYPE`. Fit for a log; may be empty.
    public let detail: String

    init(_ code: Code, _ detail: String = "") {
        self.code = code
        self.detail = detail
    }

    /// The reason and its detail.
    public var description: String {
        detail.isEmpty ? code.rawValue : "\(code.rawValue): \(detail)"
    }
}
