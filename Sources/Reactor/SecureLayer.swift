import TLS

/// TLS between a stream's plain bytes and its socket: what is written waits in the clear, shared where it is shared,
/// and is sealed only as the kernel takes it. Confined to its stream's loop.
final class SecureLayer {
    /// Records on their way to the kernel.
    let wire = OutputBuffer()
    /// What came before the layer was put in; nil once the handshake has begun.
    var unread: [UInt8]?
    var deadline: LoopTimer?
    private let session: TLSSession
    private let established: () -> Void
    private var saidEstablished = false

    /// Plain bytes sealed at once: the most that a record holds.
    private static let recordBytes = 16_384
    /// Records that wait for the kernel at most; what is beyond them stays in the clear, where it may be shared.
    private static let wireBytes = 65_536

    init(_ session: TLSSession, received: [UInt8], established: @escaping () -> Void) {
        self.session = session
        unread = received
        self.established = established
    }

    var isEstablished: Bool { session.isEstablished }

    /// Takes bytes of the socket; gives what they say.
    func receive(_ bytes: [UInt8]) -> TLSReceived {
        let received = session.receive(bytes)
        if session.isEstablished, !saidEstablished {
            saidEstablished = true
            deadline?.cancel()
            established()
        }
        return received
    }

    /// Seals what waits, as far as there is room for it.
    func seal(_ plain: OutputBuffer) {
        flushSession()
        while session.isEstablished, plain.count > 0, wire.count < Self.wireBytes {
            session.write(plain.take(Self.recordBytes))
            flushSession()
        }
    }

    /// Says that nothing more will be written.
    func end() {
        session.close()
        flushSession()
    }

    private func flushSession() {
        let bytes = session.takeOutput()
        if !bytes.isEmpty { wire.append(bytes) }
    }
}
