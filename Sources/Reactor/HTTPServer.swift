/// What an `HTTPServer` sends back.
public struct HTTPResponse: Sendable {
    /// The status code, such as 200.
    public var status: Int
    /// The content type, with its character set.
    public var contentType: String
    /// The content.
    public var body: [UInt8]

    /// A response with a text.
    public init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: String) {
        self.status = status
        self.contentType = contentType
        self.body = Array(body.utf8)
    }
}

/// Answers GET and HEAD for probes and metrics, on one loop. No TLS, no other methods, no way in for data.
public final class HTTPServer {
    /// The address with the port that the kernel chose, if 0 was asked for.
    public let boundAddress: SocketAddress

    private let loop: EventLoop
    private let server: WebServer

    /// Bytes of a request line with its headers; more give 400.
    private static let headerLimit = 8192
    /// Bytes of a request's content, which nobody reads; more give 413.
    private static let bodyLimit = 1024
    /// Seconds after which a silent connection is closed.
    private static let idleLimit = 15
    /// Requests that wait for their handlers; more give 503 at once.
    private static let pendingLimit = 64
    private static let backlog: Int32 = 128

    /// Listens from now on. Loop thread only.
    ///
    /// - Parameter handler: Given the path without its query; runs on the loop, until its first suspension elsewhere.
    /// - Throws: `SocketError`.
    public init(
        on loop: EventLoop, address: SocketAddress, handler: @escaping @Sendable (String) async -> HTTPResponse
    ) throws(SocketError) {
        loop.preconditionCurrent()
        self.loop = loop
        let socket = try Socket.listening(on: address, backlog: HTTPServer.backlog, sharingPort: false)
        boundAddress = socket.localAddress()
        let limits = WebServer.Limits(
            headerBytes: HTTPServer.headerLimit, bodyBytes: HTTPServer.bodyLimit, idleSeconds: HTTPServer.idleLimit)
        server = loop.webServer(limits: limits) { request in
            guard request.pending <= HTTPServer.pendingLimit else {
                return request.answer(HTTPResponse(status: 503, body: "busy\n"))
            }
            let answer = LoopConfined(request)
            let path = request.path
            Task(executorPreference: loop) {
                let response = await handler(path)
                loop.execute { answer.value.answer(response) }
            }
        }
        server.accept(socket)
    }

    /// Accepts no more and closes once the waiting requests are answered. Loop thread only; repeatable.
    public func close() {
        loop.preconditionCurrent()
        server.close()
    }
}

extension WebRequest {
    fileprivate func answer(_ response: HTTPResponse) {
        answer(status: response.status, contentType: response.contentType, body: response.body)
    }
}

/// Carries what is confined to a loop through code that is not. Only the loop's thread looks inside.
struct LoopConfined<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}
