import Glibc

/// A listening socket of one loop. Confined to its loop, which holds it until `close()`.
///
/// Listeners of several loops may share one TCP port: the kernel spreads connections over them. On a Unix-domain path
/// they take turns at one queue, so the idlest loop takes most. Whoever can reach the path can connect: who that is
/// the folder's permissions say.
public final class Listener {
    /// The address with the port that the kernel chose, if 0 was asked for.
    public let boundAddress: SocketAddress

    private let loop: EventLoop
    private let socket: Socket
    private let accepted: (ByteStream) -> Void
    private var event: BaseEvent?
    private var retry: LoopTimer?
    private var paused = false

    /// Connections that wait in the kernel; more are refused by it.
    private static let backlog: Int32 = 1024
    /// Connections taken in one tick, so that a storm of them leaves time for those that stand.
    private static let acceptsPerTick = 64
    /// How long nothing is accepted once descriptors or memory have run out.
    private static let pauseWhenExhausted = Duration.milliseconds(100)

    /// Listens from now on. Loop thread only.
    ///
    /// - Parameter sharingPort: Whether listeners of this process's other loops may have the same port or path, and of
    ///   other processes the same port; without it one that anybody else has is an error.
    /// - Parameter accepted: Called on the loop with each connection; it reads once its handlers are set.
    /// - Throws: `SocketError`. A path that a dead program left behind is taken over.
    public init(
        on loop: EventLoop, address: SocketAddress, sharingPort: Bool = true,
        accepted: @escaping (ByteStream) -> Void
    ) throws(SocketError) {
        loop.preconditionCurrent()
        self.loop = loop
        self.accepted = accepted
        socket = try Socket.listening(on: address, backlog: Listener.backlog, sharingPort: sharingPort)
        boundAddress = socket.localAddress()
        let event = loop.event(socket.descriptor, .read) { [self] in acceptSome() }
        event.add()
        self.event = event
    }

    /// Leaves new connections in the kernel's backlog.
    public func pause() {
        loop.preconditionCurrent()
        paused = true
        event?.remove()
    }

    /// Accepts again.
    public func resume() {
        loop.preconditionCurrent()
        paused = false
        retry?.cancel()
        event?.add()
    }

    /// Stops listening; streams that were accepted go on. A Unix-domain path is removed. Repeatable.
    public func close() {
        loop.preconditionOwned()
        guard let event else { return }
        event.destroy()
        self.event = nil
        retry?.cancel()
        if case .unix(let path) = boundAddress.form { SharedPaths.leave(path) }
        socket.close()
    }

    private func acceptSome() {
        for _ in 0..<Listener.acceptsPerTick where event != nil && !paused {
            switch socket.accept() {
            case .success(let (connection, peer)):
                accepted(ByteStream(connection, peer: peer, on: loop))
            case .failure(let number) where Listener.exhausted.contains(number.value):
                return rest()
            case .failure(let number) where number.value == EAGAIN:
                return
            case .failure:
                // The connection died while it waited, or a signal came: the next may be well.
                continue
            }
        }
    }

    private static let exhausted: Set<Int32> = [EMFILE, ENFILE, ENOBUFS, ENOMEM]

    /// The socket stays readable, so going on at once would only burn time.
    private func rest() {
        event?.remove()
        retry = loop.schedule(after: Listener.pauseWhenExhausted) { [self] in
            if !paused { event?.add() }
        }
    }
}

extension Socket {
    /// A socket that listens. A path that nobody listens on is removed first.
    static func listening(on address: SocketAddress, backlog: Int32, sharingPort: Bool) throws(SocketError) -> Socket {
        guard case .unix(let path) = address.form else {
            return try bound(to: address, backlog: backlog) { socket in
                socket.reuseAddress()
                if sharingPort { socket.sharePort() }
            }
        }
        return try SharedPaths.join(path, sharing: sharingPort) { () throws(SocketError) in
            if try isDead(address) { removeFile(path) }
            let socket = try bound(to: address, backlog: backlog)
            openToAll(path)
            return socket
        }
    }

    private static func bound(
        to address: SocketAddress, backlog: Int32, _ prepare: (Socket) -> Void = { _ in }
    ) throws(SocketError) -> Socket {
        let socket = try Socket.open(for: address)
        do throws(SocketError) {
            prepare(socket)
            try socket.bind(to: address)
            try socket.listen(backlog: backlog)
            return socket
        } catch {
            socket.close()
            throw error
        }
    }

    private static func isDead(_ address: SocketAddress) throws(SocketError) -> Bool {
        let probe = try Socket.open(for: address)
        defer { probe.close() }
        do throws(SocketError) {
            _ = try probe.connect(to: address)
            return false
        } catch {
            return error.number == ECONNREFUSED
        }
    }
}

/// The Unix-domain paths of this process's listeners: the kernel shares ports among sockets, but no paths, so further
/// listeners get the first one's socket once more.
private enum SharedPaths {
    private struct Path {
        var socket: Socket
        var listeners: Int
    }

    private static let paths = Lock<[String: Path]>([:])

    static func join(
        _ path: String, sharing: Bool, _ open: () throws(SocketError) -> Socket
    ) throws(SocketError) -> Socket {
        try paths.withLock { (paths) throws(SocketError) in
            if sharing, var shared = paths[path] {
                let socket = try shared.socket.duplicate()
                shared.listeners += 1
                paths[path] = shared
                return socket
            }
            let socket = try open()
            paths[path] = Path(socket: try socket.duplicate(), listeners: 1)
            return socket
        }
    }

    /// The last one to leave removes the path, while the socket still listens: nobody takes the path for a dead one's
    /// in between, and loses it then.
    static func leave(_ path: String) {
        paths.withLock { paths in
            guard var shared = paths[path] else { return }
            shared.listeners -= 1
            paths[path] = shared.listeners > 0 ? shared : nil
            guard shared.listeners == 0 else { return }
            removeFile(path)
            shared.socket.close()
        }
    }
}
