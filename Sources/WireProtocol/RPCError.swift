public import ChatDomain
public import JSONText

/// An error as the client sees it: code, message and data.
public struct RPCError: Error, Sendable, Hashable {
    /// JSON-RPC's own code, or an HTTP-like one.
    public var code: Int
    /// A sentence for a person.
    public var message: String
    /// `reason`, `param`, `retryAfter`, `reference`: whatever belongs to the code.
    public var data: JSONObject?

    /// An error.
    public init(code: Int, message: String, data: JSONObject? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// The object of a reply.
    public var json: JSONValue {
        var object: JSONObject = ["code": .integer(Int64(code)), "message": .string(message)]
        if let data { object["data"] = .object(data) }
        return .object(object)
    }
}

extension RPCError {
    /// The bytes are no JSON.
    public static let parse = RPCError(code: -32700, message: "Parse error")
    /// The JSON is no request.
    public static let invalidRequest = RPCError(code: -32600, message: "Invalid request")
    /// The frame is longer than `frame.bytes`.
    public static let frameTooLarge = RPCError(
        code: -32600, message: "The frame is too large", data: ["reason": "frame_too_large"])
    /// There is no such method.
    public static let unknownMethod = RPCError(code: -32601, message: "Method not found")

    /// A parameter is missing, of the wrong kind, or out of bounds.
    public static func invalidParameter(_ name: String) -> RPCError {
        RPCError(code: -32602, message: "Invalid parameter: \(name)", data: ["param": .string(name)])
    }

    /// Something went wrong inside; the reference stands in the server's log.
    public static func `internal`(reference: String) -> RPCError {
        RPCError(code: -32603, message: "Internal error", data: ["reference": .string(reference)])
    }

    /// A refusal of the domain, with the time after which to try again, in milliseconds, where there is one.
    public static func refusal(_ refusal: Refusal, retryAfter: Int64? = nil) -> RPCError {
        var data: JSONObject = ["reason": .string(refusal.reason)]
        if let retryAfter { data["retryAfter"] = .integer(retryAfter) }
        return RPCError(code: refusal.code, message: refusal.message, data: data)
    }
}
