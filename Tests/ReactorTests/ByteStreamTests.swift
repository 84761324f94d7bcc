import Reactor
import Testing

@Suite struct ByteStreamTests {
    @Test(arguments: [Transport.tcp, .unix])
    func tenMegabytesComeBackAsTheyWereSentInOddChunks(_ transport: Transport) async throws {
        try await withLoop { loop in
            // A period that no chunk and no buffer divides.
            let period = (0..<10_007).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
            var sent: [UInt8] = []
            for _ in 0..<1000 { sent += period }
            let received = try await runOn(loop) { [sent] in
                let listener = try Listener(on: loop, address: transport.address) { echo($0) }
                let stream = try await ByteStream.connect(to: listener.boundAddress, on: loop)
                let bytes = await exchange(sent, over: stream, chunks: [1, 7919, 65_537, 333, 1_048_573])
                listener.close()
                return bytes
            }
            #expect(received == sent)
        }
    }

    @Test func aHalfClosedPeerStillReadsEverythingThatWasPending() async throws {
        try await withLoop { loop in
            let reply = [UInt8](repeating: 7, count: 3_000_000)
            let (received, reason) = try await runOn(loop) {
                let served = Box<CloseReason?>(nil)
                let listener = try Listener(on: loop, address: Transport.tcp.address) { stream in
                    stream.handlers = .init(
                        ended: {
                            stream.write(reply)
                            stream.closeAfterFlush()
                        },
                        closed: { served.value = $0 })
                }
                let client = try RawClient(connectedTo: listener.boundAddress)
                client.endWriting()
                let received = await client.readAll(on: loop)
                client.close()
                listener.close()
                while served.value == nil { await Task.yield() }
                return (received, served.value)
            }
            #expect(received == reply)
            #expect(reason == .flushed)
        }
    }

    @Test func lastWordsArriveThoughThePeerGoesOnSending() async throws {
        try await withLoop { loop in
            let received = try await runOn(loop) {
                let listener = try Listener(on: loop, address: Transport.tcp.address) { stream in
                    stream.handlers = .init(received: { _ in
                        stream.write(Array("too much".utf8))
                        stream.closeAfterFlush()
                    })
                }
                let client = try await ByteStream.connect(to: listener.boundAddress, on: loop)
                client.write([UInt8](repeating: 1, count: 5_000_000))
                let received = await readToEnd(client)
                listener.close()
                return received
            }
            #expect(received == Array("too much".utf8))
        }
    }

    @Test func sharedBytesReachAHundredStreams() async throws {
        for count in [200, 40_000] {
            try await withLoop { loop in
                let text = SharedBytes((0..<count).map { UInt8(truncatingIfNeeded: $0) })
                let received = try await runOn(loop) {
                    let listener = try Listener(on: loop, address: Transport.tcp.address) { stream in
                        stream.handlers = .init()
                        stream.write(text)
                        stream.write([1, 2, 3])
                        stream.write(text)
                        stream.closeAfterFlush()
                    }
                    var received: [[UInt8]] = []
                    for _ in 0..<100 {
                        let client = try await ByteStream.connect(to: listener.boundAddress, on: loop)
                        received.append(await readToEnd(client))
                    }
                    listener.close()
                    return received
                }
                #expect(received == [[UInt8]](repeating: text.bytes + [1, 2, 3] + text.bytes, count: 100))
            }
        }
    }

    @Test func aStreamThatIsClosedHereSaysSoOnceAndLater() async throws {
        try await withLoop { loop in
            let reasons = try await runOn(loop) {
                let listener = try Listener(on: loop, address: Transport.tcp.address) { echo($0) }
                let stream = try await ByteStream.connect(to: listener.boundAddress, on: loop)
                let reasons = Box<[CloseReason]>([])
                stream.handlers.closed = { reasons.value.append($0) }
                stream.close()
                stream.close()
                stream.closeAfterFlush()
                stream.write([1])
                #expect(reasons.value.isEmpty)
                await loop.sleep(for: .milliseconds(1))
                listener.close()
                return reasons.value
            }
            #expect(reasons == [.local])
        }
    }

    @Test func aConnectionThatThePeerThrowsAwayIsReset() async throws {
        try await withLoop { loop in
            let reason = try await runOn(loop) {
                let listener = try Listener(on: loop, address: Transport.tcp.address) { stream in
                    // Closing with input unread makes the kernel reset the connection.
                    loop.schedule(after: .milliseconds(20)) { stream.close() }
                }
                let stream = try await ByteStream.connect(to: listener.boundAddress, on: loop)
                let reason = await withCheckedContinuation { continuation in
                    stream.handlers = .init(closed: { continuation.resume(returning: $0) })
                    stream.write([1, 2, 3])
                }
                listener.close()
                return reason
            }
            #expect(reason == .reset)
        }
    }

    @Test func aPeerThatReadsNothingStallsTheStreamAndIsCutAtTheLimit() async throws {
        try await withLoop { loop in
            let (queued, stalled, reason) = try await runOn(loop) {
                let listener = try Listener(on: loop, address: Transport.tcp.address) { stream in
                    stream.pauseReading()
                    stream.handlers = .init()
                }
                let stream = try await ByteStream.connect(to: listener.boundAddress, on: loop)
                stream.write([UInt8](repeating: 0, count: 30_000_000))
                while stream.stalledSince == nil { await Task.yield() }
                let queued = stream.queuedBytes
                let stalled = stream.stalledSince != nil
                let reason = await withCheckedContinuation { continuation in
                    stream.handlers = .init(closed: { continuation.resume(returning: $0) })
                    stream.closeAfterFlush(within: .milliseconds(5))
                }
                listener.close()
                return (queued, stalled, reason)
            }
            #expect(queued > 0 && queued < 30_000_000)
            #expect(stalled)
            #expect(reason == .timedOut)
        }
    }

    @Test func aPausedStreamReceivesNothingAndThenEverythingWithinItsHighWaterMark() async throws {
        try await withLoop { loop in
            let (whilePaused, sizes) = try await runOn(loop) {
                let sizes = Box<[Int]>([])
                let accepted = Box<ByteStream?>(nil)
                let listener = try Listener(on: loop, address: Transport.tcp.address) { stream in
                    accepted.value = stream
                    stream.pauseReading()
                    stream.setReadHighWater(1000)
                    stream.handlers = .init(received: { sizes.value.append($0.count) })
                }
                let stream = try await ByteStream.connect(to: listener.boundAddress, on: loop)
                await withCheckedContinuation { continuation in
                    stream.handlers = .init(drained: { continuation.resume() })
                    stream.write([UInt8](repeating: 1, count: 10_000))
                }
                while accepted.value == nil { await Task.yield() }
                let whilePaused = sizes.value
                accepted.value?.resumeReading()
                while sizes.value.reduce(0, +) < 10_000 { await Task.yield() }
                listener.close()
                return (whilePaused, sizes.value)
            }
            #expect(whilePaused.isEmpty)
            #expect(sizes == [Int](repeating: 1000, count: 10))
        }
    }

    @Test func nobodyListeningIsRefused() async throws {
        try await withLoop { loop in
            let refused = try await runOn(loop) {
                let listener = try Listener(on: loop, address: Transport.tcp.address) { _ in }
                listener.close()
                do {
                    _ = try await ByteStream.connect(to: listener.boundAddress, on: loop)
                    return nil as SocketError.Code?
                } catch {
                    return (error as? SocketError)?.code
                }
            }
            #expect(refused == .refused)
        }
    }
}
