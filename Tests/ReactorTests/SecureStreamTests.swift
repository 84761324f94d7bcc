import ChatTestKit
import Reactor
import TLS
import Testing

@Suite struct SecureStreamTests {
    private let server: TLSContext
    private let client: TLSContext

    init() throws {
        let files = try TestCertificates.write([
            TestCertificates.first, TestCertificates.firstKey, TestCertificates.authority,
        ])
        server = try TLSContext(certificate: files[0], key: files[1])
        client = try TLSContext(authorities: files[2])
    }

    /// A listener whose streams speak TLS and are given to `accepted` once they do.
    private func listener(
        on loop: EventLoop, patience: Duration = .seconds(60), accepted: @escaping (ByteStream) -> Void
    ) throws -> Listener {
        try Listener(on: loop, address: Transport.tcp.address) { stream in
            stream.handlers = .init()
            stream.secure(TLSSession(server: server), within: patience) { accepted(stream) }
        }
    }

    private func connect(to listener: Listener, on loop: EventLoop) async throws -> ByteStream {
        let stream = try await ByteStream.connect(to: listener.boundAddress, on: loop)
        stream.handlers = .init()
        stream.secure(TLSSession(client: client, host: "localhost"), within: .seconds(60)) {}
        return stream
    }

    @Test func tenMegabytesComeBackSealedAsTheyWereSent() async throws {
        try await withLoop { loop in
            let sent = (0..<10_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
            let received = try await runOn(loop) {
                let listener = try listener(on: loop) { echo($0) }
                let stream = try await connect(to: listener, on: loop)
                let bytes = await exchange(sent, over: stream, chunks: [1, 7919, 65_537, 333, 1_048_573])
                listener.close()
                return bytes
            }
            #expect(received == sent)
        }
    }

    @Test func sharedBytesAndLastWordsArriveBeforeTheEnd() async throws {
        try await withLoop { loop in
            let text = SharedBytes([UInt8](repeating: 7, count: 200_000))
            let received = try await runOn(loop) {
                let listener = try listener(on: loop) { stream in
                    stream.write(text)
                    stream.write([1, 2, 3])
                    stream.write(text, first: 5)
                    stream.closeAfterFlush()
                }
                let received = await readToEnd(try await connect(to: listener, on: loop))
                listener.close()
                return received
            }
            #expect(received == text.bytes + [1, 2, 3, 7, 7, 7, 7, 7])
        }
    }

    @Test func whatIsQueuedIsCountedAndAStallSeen() async throws {
        try await withLoop { loop in
            let (queued, isStalled) = try await runOn(loop) {
                let listener = try listener(on: loop) { stream in stream.pauseReading() }
                let stream = try await connect(to: listener, on: loop)
                stream.write([UInt8](repeating: 0, count: 30_000_000))
                while stream.stalledSince == nil { await Task.yield() }
                defer {
                    stream.close()
                    listener.close()
                }
                return (stream.queuedBytes, stream.stalledSince != nil)
            }
            #expect(queued > 10_000_000 && queued < 30_100_000)
            #expect(isStalled)
        }
    }

    @Test func whoSpeaksNoTLSIsAnsweredWithAnAlertAndClosed() async throws {
        try await withLoop { loop in
            let (received, reason) = try await runOn(loop) {
                let reason = Box<CloseReason?>(nil)
                let listener = try Listener(on: loop, address: Transport.tcp.address) { stream in
                    stream.handlers = .init(closed: { reason.value = $0 })
                    stream.secure(TLSSession(server: server), within: .seconds(60)) {}
                }
                let stream = try await ByteStream.connect(to: listener.boundAddress, on: loop)
                stream.write(Array("hello\n".utf8))
                let received = await readToEnd(stream)
                listener.close()
                return (received, reason.value)
            }
            #expect(received == [21, 3, 1, 0, 2, 2, 70])
            #expect(reason == .insecure("the peer speaks no TLS"))
        }
    }

    @Test func aHandshakeThatDoesNotEndIsCutAtTheLimit() async throws {
        try await withLoop { loop in
            let reason = try await runOn(loop) {
                let reason = Box<CloseReason?>(nil)
                let listener = try Listener(on: loop, address: Transport.tcp.address) { stream in
                    stream.handlers = .init(closed: { reason.value = $0 })
                    stream.secure(TLSSession(server: server), within: .milliseconds(5)) {}
                }
                let stream = try await ByteStream.connect(to: listener.boundAddress, on: loop)
                stream.write([22, 3, 1])
                _ = await readToEnd(stream)
                listener.close()
                return reason.value
            }
            #expect(reason == .timedOut)
        }
    }
}
