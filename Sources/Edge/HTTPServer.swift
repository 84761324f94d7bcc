public import Reactor

/// What an `HTTPServer` serves.
public struct HTTPSite: Sendable {
    /// The paths that answer GET and HEAD.
    public var paths: Set<String>
    /// The path that is upgraded to a WebSocket.
    public var webSocketPath: String
    /// Answers one of the paths. Runs on the loop, until its first suspension elsewhere.
    public var answer: @Sendable (String) async -> HTTPResponse

    /// A site.
    public init(
        paths: Set<String>, webSocketPath: String = "/ws", answer: @escaping @Sendable (String) async -> HTTPResponse
    ) {
        self.paths = paths
        self.webSocketPath = webSocketPath
        self.answer = answer
    }
}

/// A connection that became a WebSocket.
public struct UpgradedConnection {
    /// Its bytes, from the first frame on; no handlers are set.
    public let stream: ByteStream
    /// The other end of the connection, or the client that the PROXY header named.
    public let address: String
    /// The request that it began with.
    public let head: HTTPHead
    /// What came behind the request.
    public let rest: [UInt8]

    /// The client's address that the nearest proxy vouches for: the last one of `X-Forwarded-For`, if it is one.
    public var forwardedAddress: String? {
        head.values("x-forwarded-for").last.flatMap { IPAddressText.ipv4($0[...]) ?? IPAddressText.ipv6($0[...]) }
    }
}

/// Answers GET and HEAD, and upgrades to WebSocket, on one loop; servers of several loops share a port. A request's
/// content is never read. Confined to its loop.
public final class HTTPServer {
    private let loop: EventLoop
    private let site: HTTPSite
    private let rules: EntranceRules
    private let upgraded: (UpgradedConnection) -> Void
    private var entrance: Entrance?
    private var connections: [ObjectIdentifier: HTTPConnection] = [:]

    /// Listens from now on. Loop thread only; the closures are called on it.
    ///
    /// - Parameter rules: their patience also bounds the time in which a request's head comes, and in which an answer
    ///   is taken.
    /// - Throws: `SocketError`.
    public init(
        on loop: EventLoop, address: SocketAddress, rules: EntranceRules, site: HTTPSite,
        refused: @escaping (EntranceRefusal) -> Void = { _ in },
        upgraded: @escaping (UpgradedConnection) -> Void = { $0.stream.close() }
    ) throws(SocketError) {
        self.loop = loop
        self.site = site
        self.rules = rules
        self.upgraded = upgraded
        entrance = try Entrance(on: loop, address: address, rules: rules, refused: refused) { [weak self] entrant in
            if let self { self.begin(entrant) } else { entrant.stream.close() }
        }
    }

    /// The address with the port that the kernel chose, if 0 was asked for.
    public var boundAddress: SocketAddress? { entrance?.boundAddress }

    /// Stops listening and closes, after their answers, the connections that are no WebSockets. Repeatable.
    public func close() {
        loop.preconditionCurrent()
        entrance?.close()
        entrance = nil
        for connection in connections.values { connection.endSoon() }
    }

    private func begin(_ entrant: Entrant) {
        let key = ObjectIdentifier(entrant.stream)
        let connection = HTTPConnection(entrant, on: loop, patience: rules.patience, site: site)
        connections[key] = connection
        connection.begin(
            upgraded: { [weak self] in
                self?.connections[key] = nil
                if let self { self.upgraded($0) } else { $0.stream.close() }
            },
            closed: { [weak self] in self?.connections[key] = nil })
    }
}

/// One connection that speaks HTTP: a request after the other, each answered before the next is looked at.
final class HTTPConnection {
    private enum State {
        /// A head is awaited.
        case reading
        /// A request is with its handler.
        case answering
        /// The answer is on its way.
        case writing
    }

    private let stream: ByteStream
    private let loop: EventLoop
    private let patience: Duration
    private let site: HTTPSite
    private let address: String
    private var reader = HTTPHeadReader()
    /// What came behind the request that is being answered.
    private var unread: [UInt8]
    private var deadline: LoopTimer?
    private var state = State.reading
    private var isEnding = false
    private var upgraded: (UpgradedConnection) -> Void = { _ in }

    init(_ entrant: Entrant, on loop: EventLoop, patience: Duration, site: HTTPSite) {
        stream = entrant.stream
        address = entrant.address
        unread = entrant.rest
        self.loop = loop
        self.patience = patience
        self.site = site
    }

    /// The stream holds the connection from here on, until it is upgraded or closed.
    func begin(upgraded: @escaping (UpgradedConnection) -> Void, closed: @escaping () -> Void) {
        self.upgraded = upgraded
        stream.handlers = ByteStream.Handlers(
            received: { self.received($0) },
            drained: { self.drained() },
            ended: { self.ended() },
            closed: { _ in
                self.deadline?.cancel()
                closed()
            })
        next()
    }

    /// Closes once what is being answered is answered.
    func endSoon() {
        isEnding = true
        if state != .answering { stream.closeAfterFlush() }
    }

    /// Looks at what came already, else waits for a head.
    private func next() {
        reader = HTTPHeadReader()
        deadline?.cancel()
        deadline = loop.schedule(after: patience) { self.late() }
        let bytes = unread
        unread = []
        if bytes.isEmpty { stream.resumeReading() } else { received(bytes) }
    }

    private func received(_ bytes: [UInt8]) {
        guard state == .reading else { return unread += bytes }
        switch reader.push(bytes) {
        case .more: stream.resumeReading()
        case .head(let head, let rest):
            unread = rest
            carryOut(head)
        case .refused(let refusal): answer(.plain(refusal.status), to: nil)
        }
    }

    private func carryOut(_ head: HTTPHead) {
        guard head.path == site.webSocketPath || site.paths.contains(head.path) else {
            return answer(.plain(404), to: head)
        }
        guard head.method == "GET" || (head.method == "HEAD" && head.path != site.webSocketPath) else {
            let allowed = head.path == site.webSocketPath ? "GET" : "GET, HEAD"
            return answer(.plain(405, fields: [("Allow", allowed)]), to: head)
        }
        if head.path == site.webSocketPath { return upgrade(head) }
        guard !head.hasContent else { return answer(.plain(413), to: head) }
        // While it is answered nothing further is read, so what waits stays small.
        state = .answering
        stream.pauseReading()
        let me = LoopConfined(self)
        Task(executorPreference: loop) { [site, loop] in
            let response = await site.answer(head.path)
            loop.execute { me.value.answer(response.conditional(on: head), to: head) }
        }
    }

    private func upgrade(_ head: HTTPHead) {
        switch WebSocketHandshake.answer(head) {
        case .refused(let response): answer(response, to: head)
        case .accepted(let bytes):
            deadline?.cancel()
            stream.handlers = ByteStream.Handlers()
            stream.write(bytes)
            let connection = UpgradedConnection(stream: stream, address: address, head: head, rest: unread)
            unread = []
            upgraded(connection)
        }
    }

    private func answer(_ response: HTTPResponse, to head: HTTPHead?) {
        state = .writing
        let keepsAlive = head?.keepsAlive == true && !isEnding && response.status < 400
        stream.write(response.encoded(withContent: head?.method != "HEAD", keepsAlive: keepsAlive))
        if keepsAlive {
            stream.pauseReading()
        } else {
            isEnding = true
            unread = []
            stream.closeAfterFlush()
        }
    }

    /// The answer was taken: the next request may come.
    private func drained() {
        guard state == .writing, !isEnding else { return }
        state = .reading
        next()
    }

    /// The client sends no more: what it asked for is still answered.
    private func ended() {
        isEnding = true
        if state != .answering { stream.closeAfterFlush() }
    }

    private func late() {
        if state != .reading {
            stream.close()
        } else if reader.isEmpty {
            stream.closeAfterFlush()
        } else {
            answer(.plain(408), to: nil)
        }
    }
}

/// Carries what is confined to a loop through code that is not. Only the loop's thread looks inside.
struct LoopConfined<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}
