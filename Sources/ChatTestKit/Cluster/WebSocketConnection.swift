/// What carries a scripted client's lines.
public protocol ClientCarrier: AnyObject {
    /// Sends whole lines, or whatever else is to be sent.
    func send(_ bytes: [UInt8]) throws(ClientFailure)
    /// What has come, empty at the end of the stream, nil if nothing came in time.
    func receive(within patience: Duration) -> [UInt8]?
    /// Sends no more; still reads.
    func endSending()
    /// Closes it at once.
    func close()
}

/// A WebSocket's client end, written by hand so that it can also break the rules. Confined to one thread.
public final class WebSocketConnection: ClientCarrier {
    /// A frame that the server sent.
    public struct Frame: Equatable {
        /// The opcode: 1 text, 8 close, 10 pong.
        public var opcode: UInt8
        /// Its payload.
        public var payload: [UInt8]
    }

    /// The head of the server's answer to the handshake.
    public private(set) var answer = ""
    /// Control frames that came.
    public private(set) var controls: [Frame] = []
    private let carrier: any ClientCarrier
    private var bytes: [UInt8] = []
    private let patience: Duration = .seconds(30)

    /// The status with which the server closed; nil if it has not.
    public var closeStatus: Int? {
        controls.first { $0.opcode == 8 && $0.payload.count >= 2 }.map { Int($0.payload[0]) << 8 | Int($0.payload[1]) }
    }

    /// Connects to a port of this machine and shakes hands.
    public convenience init(port: Int, fields: [String] = []) throws(ClientFailure) {
        try self.init(over: ClientSocket(port: port), fields: fields)
    }

    /// Shakes hands over a connection.
    public init(over carrier: any ClientCarrier, fields: [String] = []) throws(ClientFailure) {
        self.carrier = carrier
        let lines = [
            "GET /ws HTTP/1.1", "Host: node", "Upgrade: websocket", "Connection: keep-alive, Upgrade",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        try carrier.send(Array(((lines + fields).joined(separator: "\r\n") + "\r\n\r\n").utf8))
        try readAnswer()
    }

    private func readAnswer() throws(ClientFailure) {
        let end: [UInt8] = [13, 10, 13, 10]
        while true {
            if let start = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) {
                answer = String(decoding: bytes[..<start], as: UTF8.self)
                bytes.removeFirst(start + 4)
                guard answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") else { throw .nonsense(answer) }
                return
            }
            guard let more = carrier.receive(within: patience), !more.isEmpty else {
                throw .nonsense(String(decoding: bytes, as: UTF8.self))
            }
            bytes += more
        }
    }

    // MARK: sending

    /// Sends each line as a text message.
    public func send(_ lines: [UInt8]) throws(ClientFailure) {
        for line in lines.split(separator: 0x0A) { try sendFrame(1, Array(line)) }
    }

    /// Sends one frame; `mask` is what a client must do, `isLast` false leaves the message open.
    public func sendFrame(
        _ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, masked: Bool = true
    ) throws(ClientFailure) {
        try carrier.send(Self.frame(opcode, payload, isLast: isLast, masked: masked))
    }

    /// The bytes of a frame.
    public static func frame(_ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, masked: Bool = true) -> [UInt8] {
        let first = opcode | (isLast ? 0x80 : 0)
        let bit: UInt8 = masked ? 0x80 : 0
        let count = payload.count
        var frame: [UInt8] =
            switch count {
            case ..<126: [first, bit | UInt8(count)]
            case ..<65_536: [first, bit | 126, UInt8(count >> 8), UInt8(count & 255)]
            default: [first, bit | 127] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
            }
        guard masked else { return frame + payload }
        let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        frame += mask
        return frame + payload.enumerated().map { $0.element ^ mask[$0.offset % 4] }
    }

    /// Sends bytes that need not be a frame.
    public func sendRaw(_ bytes: [UInt8]) throws(ClientFailure) { try carrier.send(bytes) }

    /// Sends no more; still reads.
    public func endSending() { carrier.endSending() }

    /// Closes the connection beneath at once.
    public func close() { carrier.close() }

    // MARK: receiving

    /// The texts that came, each as a line; control frames are kept aside.
    public func receive(within patience: Duration) -> [UInt8]? {
        let deadline = ContinuousClock.now + patience
        while true {
            var lines: [UInt8] = []
            while let frame = takeFrame() {
                if frame.opcode == 1 { lines += frame.payload + [0x0A] } else { controls.append(frame) }
            }
            if !lines.isEmpty { return lines }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero, let more = carrier.receive(within: left) else { return nil }
            if more.isEmpty { return [] }
            bytes += more
        }
    }

    /// Reads until the server's end; gives the status with which it closed.
    public func waitForClose() throws(ClientFailure) -> Int? {
        while let lines = receive(within: patience) {
            if lines.isEmpty { return closeStatus }
        }
        throw .late("the end of the WebSocket")
    }

    /// Reads until a control frame came.
    public func control(_ opcode: UInt8) throws(ClientFailure) -> Frame {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            if let frame = controls.first(where: { $0.opcode == opcode }) { return frame }
            if receive(within: .milliseconds(20)) == [] { break }
        }
        throw .late("a control frame")
    }

    /// A whole frame of the server, which must neither mask nor fragment.
    private func takeFrame() -> Frame? {
        guard bytes.count >= 2 else { return nil }
        var count = Int(bytes[1] & 127)
        var start = 2
        if count >= 126 {
            let width = count == 126 ? 2 : 8
            guard bytes.count >= 2 + width else { return nil }
            count = bytes[2..<(2 + width)].reduce(0) { $0 << 8 | Int($1) }
            start += width
        }
        guard bytes[0] & 0xF0 == 0x80, bytes[1] & 0x80 == 0, bytes.count >= start + count else { return nil }
        defer { bytes.removeFirst(start + count) }
        return Frame(opcode: bytes[0] & 15, payload: Array(bytes[start..<(start + count)]))
    }
}
