import JSONText

/// Why a scripted client did not get what it asked for.
public enum ClientFailure: Error, CustomStringConvertible {
    /// Nobody listens there.
    case unreachable(port: Int, reason: Int32)
    /// The server has closed the connection.
    case closed
    /// It did not come in time.
    case late(String)
    /// The server answered with an error.
    case refused(ClientRefusal)
    /// The server said something that is no JSON-RPC.
    case nonsense(String)

    /// What happened, in a line.
    public var description: String {
        switch self {
        case .unreachable(let port, let reason): "port \(port) cannot be reached: errno \(reason)"
        case .closed: "the server has closed the connection"
        case .late(let what): "this did not come in time: \(what)"
        case .refused(let refusal): "refused: \(refusal)"
        case .nonsense(let line): "no JSON-RPC: \(line)"
        }
    }
}

/// An error that the server answered.
public struct ClientRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// JSON-RPC's code, or one like HTTP's.
    public var code: Int64
    /// `data.reason`, if any.
    public var reason: String?
    /// `data.param`, if any.
    public var param: String?
    /// `data.retryAfter` in milliseconds, if any; it does not count when two are compared.
    public var retryAfter: Int64?

    /// An error to compare with.
    public init(_ code: Int64, _ reason: String? = nil, param: String? = nil) {
        self.code = code
        self.reason = reason
        self.param = param
    }

    /// From the `error` member of a reply.
    init(_ error: JSONValue) {
        self.init(
            error["code"]?.intValue ?? 0, error["data"]?["reason"]?.stringValue,
            param: error["data"]?["param"]?.stringValue)
        retryAfter = error["data"]?["retryAfter"]?.intValue
    }

    /// Whether both say the same.
    public static func == (left: ClientRefusal, right: ClientRefusal) -> Bool {
        (left.code, left.reason, left.param) == (right.code, right.reason, right.param)
    }

    /// The same for those that are equal.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
        hasher.combine(reason)
        hasher.combine(param)
    }

    /// Code and reason.
    public var description: String { "\(code) \(reason ?? "") \(param ?? "")" }
}
