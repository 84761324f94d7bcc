import Reactor
import Testing

/// A listener between two stays on its loop.
private final class Held: @unchecked Sendable {
    let listener: Listener

    init(_ listener: Listener) { self.listener = listener }
}

@Suite struct ListenerTests {
    @Test func twoLoopsThatShareAPortBothGetConnections() async throws {
        let counts = Lock([0, 0])
        let loops = [EventLoop(name: "first"), EventLoop(name: "second")]
        var address = try SocketAddress("127.0.0.1:0")
        for number in 0..<2 {
            let wanted = address
            address = try await runOn(loops[number]) {
                try Listener(on: loops[number], address: wanted) { stream in
                    counts.withLock { $0[number] += 1 }
                    stream.handlers = .init()
                    stream.closeAfterFlush()
                }.boundAddress
            }
        }
        let bound = address
        // Each has one half of the chances, so that one is left out of 200 happens never.
        try await runOn(loops[0]) {
            for _ in 0..<200 {
                _ = await readToEnd(try await ByteStream.connect(to: bound, on: loops[0]))
            }
        }
        for loop in loops { loop.stop() }
        #expect(counts.withLock { $0.reduce(0, +) } == 200)
        #expect(counts.withLock { $0.min() ?? 0 } > 0)
    }

    @Test func aPortThatAnotherListenerHasIsRefusedToOneThatSharesNone() async throws {
        try await withLoop { loop in
            let second = try await runOn(loop) {
                let living = try Listener(on: loop, address: Transport.tcp.address) { _ in }
                defer { living.close() }
                do throws(SocketError) {
                    _ = try Listener(on: loop, address: living.boundAddress, sharingPort: false) { _ in }
                    return nil as SocketError.Code?
                } catch {
                    return error.code
                }
            }
            #expect(second == .addressInUse)
        }
    }

    @Test func aPathThatADeadListenerLeftIsTakenOverAndALivingOneIsNot() async throws {
        try await withLoop { loop in
            let second = try await runOn(loop) {
                let address = try Transport.unix.address
                let living = try Listener(on: loop, address: address) { _ in }
                defer { living.close() }
                do throws(SocketError) {
                    _ = try Listener(on: loop, address: address, sharingPort: false) { _ in }
                    return nil as SocketError.Code?
                } catch {
                    return error.code
                }
            }
            #expect(second == .addressInUse)
        }
    }

    @Test func loopsThatShareAPathServeItUntilTheLastOneCloses() async throws {
        let loops = [EventLoop(name: "first"), EventLoop(name: "second")]
        let address = try Transport.unix.address
        let counts = Lock([0, 0])
        var listeners: [Held] = []
        for number in 0..<2 {
            listeners.append(
                try await runOn(loops[number]) {
                    Held(
                        try Listener(on: loops[number], address: address) { stream in
                            counts.withLock { $0[number] += 1 }
                            stream.handlers = .init()
                            stream.closeAfterFlush()
                        })
                })
        }
        func connect(_ times: Int) async throws {
            try await runOn(loops[0]) {
                for _ in 0..<times { _ = await readToEnd(try await ByteStream.connect(to: address, on: loops[0])) }
            }
        }
        try await connect(50)
        #expect(counts.withLock { $0[0] + $0[1] } == 50)
        let first = listeners[0]
        try await runOn(loops[0]) { first.listener.close() }
        let before = counts.withLock { $0[1] }
        try await connect(50)
        #expect(counts.withLock { $0[1] } == before + 50)
        let second = listeners[1]
        try await runOn(loops[1]) { second.listener.close() }
        await #expect(throws: SocketError.self) { try await connect(1) }
        for loop in loops { loop.stop() }
    }

    @Test func aPausedListenerAcceptsLater() async throws {
        try await withLoop { loop in
            let (early, late) = try await runOn(loop) {
                let count = Box(0)
                let listener = try Listener(on: loop, address: Transport.tcp.address) { stream in
                    count.value += 1
                    stream.close()
                }
                listener.pause()
                let stream = try await ByteStream.connect(to: listener.boundAddress, on: loop)
                let early = count.value
                listener.resume()
                _ = await readToEnd(stream)
                listener.close()
                return (early, count.value)
            }
            #expect(early == 0)
            #expect(late == 1)
        }
    }
}
