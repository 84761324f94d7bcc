import Synchronization
import TLS

/// The node's certificate, read again while connections stand: each keeps what it began with. Any thread.
final class Certificate: Sendable {
    private let files: (certificate: String, key: String)
    private let current: Mutex<TLSContext>

    /// Throws `TLSError`.
    init(_ files: (certificate: String, key: String)) throws {
        self.files = files
        current = Mutex(try TLSContext(certificate: files.certificate, key: files.key))
    }

    /// What new connections use.
    var context: TLSContext { current.withLock { $0 } }

    /// Reads the files again; what was read before stays if they cannot be used. Throws `TLSError`.
    func readAgain() throws {
        let context = try TLSContext(certificate: files.certificate, key: files.key)
        current.withLock { $0 = context }
    }
}
