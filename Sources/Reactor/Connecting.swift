extension ByteStream {
    /// Connects, for clients. Call it on `loop`'s thread; the stream reads once its handlers are set.
    ///
    /// - Throws: `SocketError`, after `limit` at the latest. Not cut short by the task's cancellation.
    public static func connect(
        to address: SocketAddress, on loop: EventLoop, within limit: Duration = .seconds(10)
    ) async throws -> ByteStream {
        loop.preconditionCurrent()
        let socket = try Socket.open(for: address)
        do {
            if try !socket.connect(to: address) {
                try await established(socket, on: loop, within: limit)
            }
            return ByteStream(socket, peer: address, on: loop)
        } catch {
            socket.close()
            throw error
        }
    }

    private static func established(_ socket: Socket, on loop: EventLoop, within limit: Duration) async throws {
        let number: Int32? = await withCheckedContinuation { continuation in
            var timer: LoopTimer?
            var watch: FileWatch?
            func finish(_ number: Int32?) {
                timer?.cancel()
                watch?.cancel()
                continuation.resume(returning: number)
            }
            timer = loop.schedule(after: limit) { finish(nil) }
            watch = loop.watch(socket.descriptor) { _ in finish(socket.takeError()) }
            watch?.setInterest(.write)
        }
        guard let number else { throw SocketError(.timedOut, "connect") }
        guard number == 0 else { throw SocketError("connect", errno: number) }
    }
}
