import CWslay

// Every call into wslay is made here.

/// The frames of one WebSocket, a server's end: bytes in, messages out, and the control frames that answer. Holds no
/// socket. Confined to whoever owns it.
///
/// Messages to the client are framed without wslay (`header`), which would copy each of them; what the server sends is
/// never masked nor fragmented, so a header is all that there is to it.
@safe public final class WebSocketCodec {
    /// What the bytes came to.
    public enum Event: Equatable, Sendable {
        /// A whole text message.
        case text([UInt8])
        /// A whole binary message, where they are accepted.
        case binary([UInt8])
        /// The client closes, or broke the protocol: nothing more is read. `close` answers.
        case ended
    }

    /// Status codes of RFC 6455, section 7.4.1.
    public enum Status: UInt16, Sendable {
        /// Done.
        case normal = 1000
        /// The server ends the connection, not for anything that the client did.
        case goingAway = 1001
        /// Bytes that are no frames, or frames where they must not be.
        case brokenProtocol = 1002
        /// A kind of message that is not accepted.
        case unsupported = 1003
        /// Something that the server does not put up with.
        case policy = 1008
        /// A message longer than allowed.
        case tooBig = 1009
    }

    private var context: wslay_event_context_ptr?
    private let messageLimit: Int
    private let acceptsBinary: Bool
    private var input: ArraySlice<UInt8> = []
    private var message: [UInt8] = []
    private var isBinary = false
    /// Whether the payload that comes is a control frame's, which wslay keeps for itself.
    fileprivate var isControl = false
    /// Whether bytes came that are no frame: wslay would close without a status then.
    private var isBroken = false
    private var hasClosed = false
    private var events: [Event] = []
    fileprivate var output: [UInt8] = []

    /// - Parameter messageLimit: bytes of a message, over all of its frames; a longer one is closed with 1009.
    public init(messageLimit: Int, acceptsBinary: Bool = false) {
        self.messageLimit = messageLimit
        self.acceptsBinary = acceptsBinary
        var callbacks = wslay_event_callbacks()
        unsafe callbacks.recv_callback = giveInput
        unsafe callbacks.send_callback = takeOutput
        unsafe callbacks.on_frame_recv_start_callback = frameBegan
        unsafe callbacks.on_frame_recv_chunk_callback = payloadCame
        unsafe callbacks.on_msg_recv_callback = messageEnded
        // The context is freed with this object, so it can refer to it without holding it.
        let code = unsafe wslay_event_context_server_init(
            &context, &callbacks, Unmanaged.passUnretained(self).toOpaque())
        precondition(code == 0, "wslay gave no context")
        // Otherwise wslay would keep an allocation for each fragment, however small.
        unsafe wslay_event_config_set_no_buffering(context, 1)
        unsafe wslay_event_config_set_max_recv_msg_length(context, UInt64(messageLimit))
    }

    deinit {
        unsafe wslay_event_context_free(context)
    }

    /// Takes bytes of the client and gives what they complete. After `ended` further bytes are not looked at.
    public func receive(_ bytes: [UInt8]) -> [Event] {
        guard isReading else { return [] }
        input = bytes[...]
        let code = unsafe wslay_event_recv(context)
        input = []
        defer { events = [] }
        if code != 0 { isBroken = true }
        guard isReading else {
            message = []
            return events + [.ended]
        }
        return events
    }

    /// Pongs that answer what was received so far. What closes is held back until `close`, so that a client which
    /// closes still gets its pending replies.
    public func takePongs() -> [UInt8] { isReading ? flush() : [] }

    /// The last bytes: the client's own status if it closes, what is wrong if it broke the protocol, else `status`.
    public func close(_ status: Status) -> [UInt8] {
        guard !hasClosed else { return [] }
        hasClosed = true
        if isBroken { return Self.brokenClose }
        unsafe wslay_event_queue_close(context, status.rawValue, nil, 0)
        unsafe wslay_event_shutdown_read(context)
        return flush()
    }

    /// A close frame with status 1002.
    private static let brokenClose: [UInt8] = [0x88, 2, 0x03, 0xEA]

    /// What stands before a message to the client.
    public static func header(ofMessage count: Int, isText: Bool = true) -> [UInt8] {
        let first: UInt8 = isText ? 0x81 : 0x82
        switch count {
        case ..<126: return [first, UInt8(count)]
        case ..<65_536: return [first, 126, UInt8(count >> 8), UInt8(count & 0xFF)]
        default: return [first, 127] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
        }
    }

    private var isReading: Bool { unsafe wslay_event_get_read_enabled(context) != 0 }

    private func flush() -> [UInt8] {
        _ = unsafe wslay_event_send(context)
        defer { output = [] }
        return output
    }

    private func refuse(_ status: Status) {
        message = []
        unsafe wslay_event_queue_close(context, status.rawValue, nil, 0)
        unsafe wslay_event_shutdown_read(context)
    }

    // MARK: what wslay calls

    fileprivate func give(into memory: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let count = min(memory.count, input.count)
        _ = unsafe memory.update(fromContentsOf: input.prefix(count))
        input = input.dropFirst(count)
        return count
    }

    fileprivate func began(opcode: UInt8, length: UInt64) {
        guard opcode < UInt8(WSLAY_CONNECTION_CLOSE.rawValue) else { return }
        if opcode != UInt8(WSLAY_CONTINUATION_FRAME.rawValue) {
            isBinary = opcode == UInt8(WSLAY_BINARY_FRAME.rawValue)
        }
        if isBinary && !acceptsBinary {
            refuse(.unsupported)
        } else if UInt64(message.count) + length > UInt64(messageLimit) {
            refuse(.tooBig)
        }
    }

    fileprivate func came(_ payload: UnsafeBufferPointer<UInt8>) {
        guard isReading, !isControl else { return }
        unsafe message.append(contentsOf: payload)
    }

    fileprivate func ended(opcode: UInt8) {
        guard opcode < UInt8(WSLAY_CONNECTION_CLOSE.rawValue) else { return }
        guard isReading else { return }
        events.append(isBinary ? .binary(message) : .text(message))
        message = []
    }
}

private func codec(_ context: UnsafeMutableRawPointer?) -> WebSocketCodec? {
    unsafe context.map { unsafe Unmanaged<WebSocketCodec>.fromOpaque($0).takeUnretainedValue() }
}

private func giveInput(
    _ context: wslay_event_context_ptr?, _ memory: UnsafeMutablePointer<UInt8>?, _ count: Int, _: Int32,
    _ owner: UnsafeMutableRawPointer?
) -> Int {
    let given = unsafe codec(owner)?.give(into: UnsafeMutableBufferPointer(start: memory, count: count)) ?? 0
    if given == 0 {
        unsafe wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK.rawValue)
        return -1
    }
    return given
}

private func takeOutput(
    _: wslay_event_context_ptr?, _ bytes: UnsafePointer<UInt8>?, _ count: Int, _: Int32,
    _ owner: UnsafeMutableRawPointer?
) -> Int {
    unsafe codec(owner)?.output.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
    return count
}

private func frameBegan(
    _: wslay_event_context_ptr?, _ frame: UnsafePointer<wslay_event_on_frame_recv_start_arg>?,
    _ owner: UnsafeMutableRawPointer?
) {
    guard let frame = unsafe frame?.pointee, let codec = unsafe codec(owner) else { return }
    codec.isControl = frame.opcode >= UInt8(WSLAY_CONNECTION_CLOSE.rawValue)
    codec.began(opcode: frame.opcode, length: frame.payload_length)
}

private func payloadCame(
    _: wslay_event_context_ptr?, _ chunk: UnsafePointer<wslay_event_on_frame_recv_chunk_arg>?,
    _ owner: UnsafeMutableRawPointer?
) {
    guard let chunk = unsafe chunk?.pointee else { return }
    unsafe codec(owner)?.came(UnsafeBufferPointer(start: chunk.data, count: chunk.data_length))
}

private func messageEnded(
    _: wslay_event_context_ptr?, _ message: UnsafePointer<wslay_event_on_msg_recv_arg>?,
    _ owner: UnsafeMutableRawPointer?
) {
    guard let message = unsafe message?.pointee else { return }
    unsafe codec(owner)?.ended(opcode: message.opcode)
}
