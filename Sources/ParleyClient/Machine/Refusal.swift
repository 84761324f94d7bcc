package import JSONText

/// The server's (or, for what it need not be asked, the client's own) refusal of a request.
public struct Refusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// JSON-RPC's, or one like HTTP's.
    public let code: Int
    /// A stable word, such as `no_such_user`.
    public let reason: String
    /// What a person understands.
    public let message: String
    /// How long to wait before asking again, in milliseconds.
    public let retryAfter: Int?

    /// A refusal of its parts.
    public init(code: Int, reason: String, message: String, retryAfter: Int? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.retryAfter = retryAfter
    }

    /// Of a JSON-RPC error object.
    package init(_ error: JSONValue) {
        code = error["code"]?.intValue.map(Int.init) ?? 0
        let data = error["data"]
        reason = data?["reason"]?.stringValue ?? Refusal.standardReason(code)
        let text = error["message"]?.stringValue ?? ""
        let parameter = data?["param"]?.stringValue
        message = parameter.map { text.contains($0) ? text : "\($0): \(text)" } ?? text
        retryAfter = data?["retryAfter"]?.intValue.map { Int(max(0, min($0, 3_600_000))) }
    }

    /// Whether the same request may succeed later: nothing was stored.
    public var isTransient: Bool { code == Wire.rateLimited || code == Wire.unavailable }

    /// As scripts rely on it.
    public var description: String { "error \(code) \(reason): \(message)" }

    private static func standardReason(_ code: Int) -> String {
        switch code {
        case -32700: "parse_error"
        case -32600: "invalid_request"
        case -32601: "unknown_method"
        case -32602: "bad_parameters"
        case -32603: "internal_error"
        default: "refused"
        }
    }
}
