import Edge
import Reactor

/// Frames as text messages of a WebSocket.
final class WebSocketStream: ClientStream {
    private let stream: ByteStream
    private let codec: WebSocketCodec
    private var isClosing = false

    init(_ stream: ByteStream, frameBytes: Int) {
        self.stream = stream
        codec = WebSocketCodec(messageLimit: frameBytes)
    }

    var queuedBytes: Int { stream.queuedBytes }
    var stalledSince: ContinuousClock.Instant? { stream.stalledSince }

    /// An empty message is ignored, as an empty line is.
    func receive(_ bytes: [UInt8]) -> [ClientInput] {
        guard !isClosing else { return [] }
        let events = codec.receive(bytes)
        stream.write(codec.takePongs())
        return events.compactMap { event in
            switch event {
            case .text(let text): text.isEmpty ? nil : .frame(text)
            case .binary: nil
            case .ended: .ended
            }
        }
    }

    func write(_ line: [UInt8]) {
        guard !isClosing, !line.isEmpty else { return }
        stream.write(WebSocketCodec.header(ofMessage: line.count - 1) + line.dropLast())
    }

    /// The header is each connection's own, the text is shared.
    func write(_ line: SharedBytes) {
        guard !isClosing, line.count > 0 else { return }
        stream.write(WebSocketCodec.header(ofMessage: line.count - 1))
        stream.write(line, first: line.count - 1)
    }

    func pauseReading() { stream.pauseReading() }
    func resumeReading() { stream.resumeReading() }

    func closeAfterFlush(_ farewell: Farewell) {
        guard !isClosing else { return }
        isClosing = true
        stream.write(codec.close(farewell.status))
        stream.closeAfterFlush(within: farewell.patience)
    }

    func close() {
        isClosing = true
        stream.close()
    }
}

extension Farewell {
    fileprivate var status: WebSocketCodec.Status {
        switch self {
        case .done: .normal
        case .goingAway, .slow: .goingAway
        case .refused: .policy
        }
    }
}
