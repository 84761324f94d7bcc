import Glibc

/// Why a socket could not be opened, bound or connected. Shows no address.
public struct SocketError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What a caller may want to tell apart.
    public enum Code: Sendable {
        /// The text is no address, or the host has none.
        case badAddress
        /// Another program listens there.
        case addressInUse
        /// Nobody listens there.
        case refused
        /// The peer did not answer in time.
        case timedOut
        /// Anything else; see `number`.
        case failed
    }

    /// What went wrong.
    public let code: Code
    /// What was being done, as the system call is called.
    public let operation: String
    /// `errno`, or 0.
    public let number: Int32

    init(_ code: Code, _ operation: String) {
        self.code = code
        self.operation = operation
        number = 0
    }

    init(_ operation: String, errno number: Int32) {
        self.operation = operation
        self.number = number
        code =
            switch number {
            case EADDRINUSE: .addressInUse
            case ECONNREFUSED, ENOENT: .refused
            case ETIMEDOUT: .timedOut
            default: .failed
            }
    }

    /// The operation and the reason.
    public var description: String {
        number == 0 ? "\(operation): \(code)" : "\(operation): \(errorText(number))"
    }
}
