import CHiredis
import Glibc
import Reactor

/// The only file that calls hiredis (0.14, its asynchronous interface). Confined to the loop's thread.
///
/// What the library reports in its callbacks is kept as events, and taken by the owner after the call has returned:
/// nobody acts from within a callback, so the library is never entered twice. It frees its context by itself, and
/// says so by the cleanup hook, once: from then on ``context`` is nil and every call does nothing.
@safe final class Hiredis {
    enum Event {
        case connected
        case reply(RedisReply)
        /// What arrives on a connection that is subscribed.
        case published(RedisReply)
        case lost(RedisError)
    }

    private let loop: EventLoop
    private var context: UnsafeMutablePointer<redisAsyncContext>?
    private var watch: FileWatch?
    private var wanted: FileEvents = []
    private var events: [Event] = []
    private var isConnected = false

    /// Begins to connect; the address is numeric. `ready` is called when the descriptor is.
    init(_ endpoint: RedisAddress.Endpoint, loop: EventLoop, ready: @escaping (FileEvents) -> Void) throws(RedisError) {
        self.loop = loop
        _ = Self.brokenPipesAreErrors
        let made =
            switch endpoint {
            case .tcp(let host, let port): unsafe redisAsyncConnect(host, Int32(port))
            case .unix(let path): unsafe redisAsyncConnectUnix(path)
            }
        guard let made = unsafe made else { throw RedisError(.cannotConnect, "out of memory") }
        guard unsafe made.pointee.err == 0 else {
            let error = unsafe Self.error(made, .cannotConnect)
            unsafe redisAsyncFree(made)
            throw error
        }
        unsafe context = made
        watch = unsafe loop.watch(made.pointee.c.fd, ready)
        unsafe attach(made)
        if case .tcp = endpoint { _ = unsafe redisEnableKeepAlive(&made.pointee.c) }
        applyInterest()
    }

    /// hiredis writes with write(2), which raises SIGPIPE when the other end is gone; the default is to end the process.
    private static let brokenPipesAreErrors: Void = {
        _ = signal(SIGPIPE, SIG_IGN)
    }()

    /// What happened since the last time.
    func takeEvents() -> [Event] {
        defer { events.removeAll() }
        return events
    }

    /// Sends commands behind each other, written at once as far as the socket has room: to wait until it says so would
    /// cost a turn of the loop and two calls to watch for it.
    func send(_ commands: EncodedCommands) {
        guard let context = unsafe context else { return }
        // The library looks one byte past the end of a command.
        let bytes = commands.bytes + [0]
        unsafe bytes.withUnsafeBytes { buffer in
            guard var start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
            for size in commands.sizes {
                _ = unsafe redisAsyncFormattedCommand(context, onReply, nil, start, size)
                unsafe start += size
            }
        }
        if isConnected { unsafe redisAsyncHandleWrite(context) }
        applyInterest()
    }

    /// Subscribes: what arrives from now on is published.
    func subscribe(_ command: EncodedCommands) {
        guard let context = unsafe context else { return }
        let bytes = command.bytes + [0]
        unsafe bytes.withUnsafeBytes { buffer in
            guard let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
            _ = unsafe redisAsyncFormattedCommand(context, onPublished, nil, start, command.bytes.count)
        }
        applyInterest()
    }

    /// Lets the library read or write.
    func handle(_ ready: FileEvents) {
        if ready.contains(.read), let context = unsafe context { unsafe redisAsyncHandleRead(context) }
        if ready.contains(.write), let context = unsafe context { unsafe redisAsyncHandleWrite(context) }
        applyInterest()
    }

    /// Ends the connection; there is an event ``Event/lost(_:)`` of it. Does nothing the second time.
    func close() {
        guard let context = unsafe context else { return }
        unsafe redisAsyncFree(context)
    }

    private func applyInterest() {
        watch?.setInterest(wanted)
    }

    private static func error(_ context: UnsafePointer<redisAsyncContext>, _ code: RedisError.Code) -> RedisError {
        guard unsafe context.pointee.err != 0, let text = unsafe context.pointee.errstr else { return RedisError(code) }
        return RedisError(code, unsafe String(cString: text))
    }
}

// MARK: - Hooks and callbacks

extension Hiredis {
    /// The watch, which the loop holds until the cleanup, holds the owner; so this object outlives the context.
    private func attach(_ context: UnsafeMutablePointer<redisAsyncContext>) {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe context.pointee.data = me
        unsafe context.pointee.ev.data = me
        unsafe context.pointee.ev.addRead = { unsafe Hiredis.from($0).wanted.insert(.read) }
        unsafe context.pointee.ev.delRead = { unsafe Hiredis.from($0).wanted.remove(.read) }
        unsafe context.pointee.ev.addWrite = { unsafe Hiredis.from($0).wanted.insert(.write) }
        unsafe context.pointee.ev.delWrite = { unsafe Hiredis.from($0).wanted.remove(.write) }
        unsafe context.pointee.ev.cleanup = { unsafe Hiredis.from($0).cleanUp() }
        // Registers the interest to write too, which is how the end of a connect shows.
        unsafe redisAsyncSetConnectCallback(context) { context, status in
            guard let context = unsafe context, status == REDIS_OK else { return }
            let hiredis = unsafe Hiredis.from(context.pointee.data)
            hiredis.isConnected = true
            hiredis.events.append(.connected)
        }
    }

    private static func from(_ data: UnsafeMutableRawPointer?) -> Hiredis {
        guard let data = unsafe data else { preconditionFailure("hiredis lost its owner") }
        let hiredis = unsafe Unmanaged<Hiredis>.fromOpaque(data).takeUnretainedValue()
        hiredis.loop.preconditionCurrent()
        return hiredis
    }

    /// The library's last call before it closes the descriptor and frees the context.
    private func cleanUp() {
        if let context = unsafe context { events.append(.lost(unsafe Self.error(context, .connectionLost))) }
        unsafe context = nil
        watch?.cancel()
        watch = nil
    }

    fileprivate static func keep(
        _ event: (RedisReply) -> Event, _ context: UnsafeMutablePointer<redisAsyncContext>?,
        _ reply: UnsafeMutableRawPointer?
    ) {
        // Without a reply the connection is going down, which the cleanup tells.
        guard let context = unsafe context, let reply = unsafe reply else { return }
        let hiredis = unsafe Hiredis.from(context.pointee.data)
        hiredis.events.append(event(unsafe RedisReply(reply.assumingMemoryBound(to: redisReply.self))))
    }
}

private func onReply(
    _ context: UnsafeMutablePointer<redisAsyncContext>?, _ reply: UnsafeMutableRawPointer?,
    _ unused: UnsafeMutableRawPointer?
) {
    unsafe Hiredis.keep({ .reply($0) }, context, reply)
}

private func onPublished(
    _ context: UnsafeMutablePointer<redisAsyncContext>?, _ reply: UnsafeMutableRawPointer?,
    _ unused: UnsafeMutableRawPointer?
) {
    unsafe Hiredis.keep({ .published($0) }, context, reply)
}

extension RedisReply {
    /// Copies the library's reply, which it frees after the callback. Its reader bounds the depth.
    fileprivate init(_ pointer: UnsafePointer<redisReply>) {
        let reply = unsafe pointer.pointee
        switch unsafe reply.type {
        case REDIS_REPLY_INTEGER: self = unsafe .integer(reply.integer)
        case REDIS_REPLY_STRING: self = unsafe .bytes(Array(RedisReply.bytes(of: reply)))
        case REDIS_REPLY_STATUS: self = unsafe .status(String(decoding: RedisReply.bytes(of: reply), as: UTF8.self))
        case REDIS_REPLY_ERROR: self = unsafe .error(String(decoding: RedisReply.bytes(of: reply), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            self = unsafe .array(
                (0..<reply.elements).map { index in
                    guard let element = unsafe reply.element[index] else { return .null }
                    return unsafe RedisReply(element)
                })
        default: self = .null
        }
    }

    private static func bytes(of reply: redisReply) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: reply.str, count: Int(reply.len))
    }
}
