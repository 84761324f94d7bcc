public import JSONText

/// A client that speaks the wire contract over TCP and reads only while it waits for something.
///
/// Confined to one thread, which it blocks. Every wait has a deadline and throws when it passes.
public final class ScriptedClient {
    /// How long anything is waited for: longer than a server that works ever takes, however busy the machine.
    public static let patience: Duration = .seconds(30)

    /// A notification of the server.
    public struct Push {
        /// Which one.
        public var method: String
        /// Its parameters.
        public var params: JSONValue
        /// Its place in the log, if it belongs to the feed or is `caughtup`.
        public var position: Int64 { params["position"]?.intValue ?? 0 }
    }

    /// Everything that the server has pushed, in its order.
    public private(set) var pushes: [Push] = []
    /// Replies to batches, and those with `id: null`.
    public private(set) var strays: [JSONValue] = []
    /// Whether the server has closed the connection.
    public private(set) var isClosed = false
    private let socket: any ClientCarrier
    private var replies: [Int64: JSONValue] = [:]
    private var begun: [UInt8] = []
    private var lastID: Int64 = 0

    /// Connects to a port of this machine.
    public init(port: Int, receiveBuffer: Int32? = nil) throws(ClientFailure) {
        socket = try ClientSocket(port: port, receiveBuffer: receiveBuffer)
    }

    /// A client over a connection that stands.
    public init(over carrier: any ClientCarrier) { socket = carrier }

    // MARK: requests

    /// Sends a request; gives the id under which `reply` finds the answer.
    @discardableResult
    public func send(_ method: String, _ params: JSONObject = [:]) throws(ClientFailure) -> Int64 {
        lastID += 1
        let request: JSONValue = [
            "jsonrpc": "2.0", "id": .integer(lastID), "method": .string(method), "params": .object(params),
        ]
        try socket.send(request.encoded() + [0x0A])
        return lastID
    }

    /// Sends a notification.
    public func notify(_ method: String, _ params: JSONObject = [:]) throws(ClientFailure) {
        let request: JSONValue = ["jsonrpc": "2.0", "method": .string(method), "params": .object(params)]
        try socket.send(request.encoded() + [0x0A])
    }

    /// Sends bytes as they are.
    public func sendRaw(_ text: String) throws(ClientFailure) { try socket.send(Array(text.utf8)) }

    /// Waits for the answer to a request and gives its result, or throws `refused`.
    public func reply(to id: Int64, within patience: Duration = patience) throws(ClientFailure) -> JSONValue {
        try wait("the reply \(id)", within: patience) { $0.replies[id] != nil }
        let reply = replies.removeValue(forKey: id)
        if let error = reply?["error"] { throw .refused(ClientRefusal(error)) }
        return reply?["result"] ?? .null
    }

    /// Sends a request and waits for its result.
    @discardableResult
    public func call(_ method: String, _ params: JSONObject = [:]) throws(ClientFailure) -> JSONValue {
        try reply(to: try send(method, params))
    }

    /// Sends a request that is to be refused; nil if it is not.
    public func refusal(_ method: String, _ params: JSONObject = [:]) throws(ClientFailure) -> ClientRefusal? {
        do throws(ClientFailure) {
            try call(method, params)
            return nil
        } catch {
            if case .refused(let refusal) = error { return refusal }
            throw error
        }
    }

    // MARK: waiting

    /// Reads until a condition holds. Throws `late` after `patience`, `closed` at the stream's end.
    public func wait(
        _ what: @autoclosure () -> String, within patience: Duration = patience,
        until condition: (ScriptedClient) -> Bool
    ) throws(ClientFailure) {
        let deadline = ContinuousClock.now + patience
        while !condition(self) {
            if isClosed { throw .closed }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero, let bytes = socket.receive(within: left) else { throw .late(what()) }
            try take(bytes)
        }
    }

    /// Waits for a push, of those already there too.
    @discardableResult
    public func push(
        _ method: String, within patience: Duration = patience, where isWanted: (JSONValue) -> Bool = { _ in true }
    ) throws(ClientFailure) -> Push {
        var seen = 0
        var found: Push?
        try wait("the push \(method)", within: patience) { client in
            found = client.pushes[seen...].first { $0.method == method && isWanted($0.params) }
            seen = client.pushes.count
            return found != nil
        }
        guard let found else { throw .late(method) }
        return found
    }

    /// Reads until the server closes the connection.
    public func waitForEnd() throws(ClientFailure) {
        try wait("the end of the connection") { $0.isClosed }
    }

    /// Forgets the pushes so far.
    public func forgetPushes() { pushes = [] }

    /// Sends no more; replies still come.
    public func endSending() { socket.endSending() }

    /// Ends the connection at once.
    public func close() {
        socket.close()
        isClosed = true
    }

    private func take(_ bytes: [UInt8]) throws(ClientFailure) {
        isClosed = bytes.isEmpty
        var lines = (begun + bytes).split(separator: 0x0A, omittingEmptySubsequences: false)
        begun = lines.popLast().map { Array($0) } ?? []
        for line in lines { try take(line: Array(line)) }
    }

    private func take(line: [UInt8]) throws(ClientFailure) {
        guard let value = try? JSONValue.parse(line) else { throw .nonsense(String(decoding: line, as: UTF8.self)) }
        if let method = value["method"]?.stringValue {
            pushes.append(Push(method: method, params: value["params"] ?? .null))
        } else if let id = value["id"]?.intValue {
            replies[id] = value
        } else {
            strays.append(value)
        }
    }
}
