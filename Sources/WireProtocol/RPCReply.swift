public import JSONText

/// Writes replies and pushes as one JSON text each, without the line end.
public enum RPCReply {
    /// The reply to a request that went well.
    public static func result(_ result: JSONValue, id: RPCID) -> [UInt8] {
        var output = opening(id)
        output.append(contentsOf: #","result":"#.utf8)
        result.write(into: &output)
        output.append(UInt8(ascii: "}"))
        return output
    }

    /// The reply to a request that did not.
    public static func error(_ error: RPCError, id: RPCID) -> [UInt8] {
        var output = opening(id)
        output.append(contentsOf: #","error":"#.utf8)
        error.json.write(into: &output)
        output.append(UInt8(ascii: "}"))
        return output
    }

    /// The replies to a batch as one text; nil if there are none.
    public static func batch(_ replies: [[UInt8]]) -> [UInt8]? {
        guard !replies.isEmpty else { return nil }
        var output = [UInt8(ascii: "[")]
        output.append(contentsOf: replies.joined(separator: [UInt8(ascii: ",")]))
        output.append(UInt8(ascii: "]"))
        return output
    }

    /// A push: a notification by the server, as a line.
    public static func push(_ method: String, _ parameters: JSONValue) -> [UInt8] {
        push(method, size: 0) { parameters.write(into: &$0) }
    }

    /// A push whose parameters are appended by `parameters`, and come to `size` bytes or somewhat more.
    static func push(_ method: String, size: Int, parameters: (inout [UInt8]) -> Void) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(256 + size)
        output.append(contentsOf: #"{"jsonrpc":"2.0","method":""#.utf8)
        output.append(contentsOf: method.utf8)
        output.append(contentsOf: #"","params":"#.utf8)
        parameters(&output)
        output.append(contentsOf: "}\n".utf8)
        return output
    }

    private static func opening(_ id: RPCID) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(160)
        output.append(contentsOf: #"{"jsonrpc":"2.0","id":"#.utf8)
        id.json.write(into: &output)
        return output
    }
}
