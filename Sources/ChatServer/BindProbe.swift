import Reactor

/// Listens for a moment, alone: whether an address is this machine's, and free.
///
/// The loops of a node share their port, and the kernel would let another node share it too, and give it half of the
/// clients.
actor BindProbe {
    private let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(loop: EventLoop) { self.loop = loop }

    func run(_ address: SocketAddress) throws {
        try Listener(on: loop, address: address, sharingPort: false) { $0.close() }.close()
    }
}
