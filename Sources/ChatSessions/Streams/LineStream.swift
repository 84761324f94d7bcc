import Reactor
import WireProtocol

/// Frames as lines over TCP or TLS, or over what stands for them.
final class LineStream: ClientStream {
    private let stream: any ByteTransport
    private var decoder: FrameDecoder

    init(_ stream: any ByteTransport, frameBytes: Int) {
        self.stream = stream
        decoder = FrameDecoder(limit: frameBytes)
    }

    var queuedBytes: Int { stream.queuedBytes }
    var stalledSince: ContinuousClock.Instant? { stream.stalledSince }

    func receive(_ bytes: [UInt8]) -> [ClientInput] {
        decoder.push(bytes).map { output in
            switch output {
            case .frame(let frame): .frame(frame)
            case .tooLarge: .tooLarge
            }
        }
    }

    func write(_ line: [UInt8]) { stream.write(line) }
    func write(_ line: SharedBytes) { stream.write(line) }
    func pauseReading() { stream.pauseReading() }
    func resumeReading() { stream.resumeReading() }
    func closeAfterFlush(_ farewell: Farewell) { stream.closeAfterFlush(within: farewell.patience) }
    func close() { stream.close() }
}
