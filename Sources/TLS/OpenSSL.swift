import CTLS

// Every call into OpenSSL is made here.

enum OpenSSL {
    /// The newest reason of this thread's errors, which are then forgotten.
    static func lastReason() -> String {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0 else { return "" }
        return unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}

/// What became of a step.
enum SessionStep: Equatable {
    case done
    case wantsMore
    /// The peer said that it sends no more.
    case ended
    case failed(String)
}

/// One `SSL_CTX`. OpenSSL shares it between threads by itself.
@safe final class ContextHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(isServer: Bool, versions: TLSVersions) throws(TLSError) {
        let method = unsafe isServer ? TLS_server_method() : TLS_client_method()
        guard let pointer = unsafe SSL_CTX_new(method) else { throw TLSError("no memory for TLS") }
        unsafe self.pointer = unsafe pointer
        unsafe ctls_set_defaults(pointer)
        if versions == .upTo12 { _ = unsafe ctls_set_maximum_version(pointer, TLS1_2_VERSION) }
    }

    deinit {
        unsafe SSL_CTX_free(pointer)
    }

    func use(certificate: String, key: String) throws(TLSError) {
        ERR_clear_error()
        guard unsafe SSL_CTX_use_certificate_chain_file(pointer, certificate) == 1 else {
            throw TLSError("the certificate cannot be used")
        }
        guard unsafe SSL_CTX_use_PrivateKey_file(pointer, key, SSL_FILETYPE_PEM) == 1 else {
            throw TLSError("the key cannot be used")
        }
        guard unsafe SSL_CTX_check_private_key(pointer) == 1 else {
            throw TLSError("certificate and key do not belong together")
        }
        let name = Array("parley".utf8)
        _ = unsafe SSL_CTX_set_session_id_context(pointer, name, UInt32(name.count))
    }

    func trust(authorities: String?) throws(TLSError) {
        ERR_clear_error()
        let code =
            unsafe authorities.map { unsafe SSL_CTX_load_verify_locations(pointer, $0, nil) }
            ?? SSL_CTX_set_default_verify_paths(pointer)
        guard code == 1 else { throw TLSError("the certificates of the authorities cannot be used") }
        unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
    }
}

/// One `SSL_SESSION`.
@safe final class ResumptionHandle: @unchecked Sendable {
    // Never written after it was made.
    fileprivate let pointer: OpaquePointer

    fileprivate init(_ pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit {
        unsafe SSL_SESSION_free(pointer)
    }
}

/// One `SSL` on a pipe of memory. Confined to whoever owns it.
@safe final class SessionHandle {
    private let session: OpaquePointer
    private let pipe: UnsafeMutablePointer<ctls_pipe>
    private static nonisolated(unsafe) let method = unsafe ctls_new_method()
    /// Plain bytes of a record at most.
    private static let recordBytes = 16_384

    init(_ context: ContextHandle, isServer: Bool) {
        unsafe pipe = .allocate(capacity: 1)
        unsafe pipe.initialize(to: ctls_pipe())
        guard let session = unsafe ctls_new_session(context.pointer, Self.method, pipe) else {
            preconditionFailure("OpenSSL gave no session")
        }
        unsafe self.session = unsafe session
        if isServer { unsafe SSL_set_accept_state(session) } else { unsafe SSL_set_connect_state(session) }
    }

    deinit {
        unsafe SSL_free(session)
        unsafe free(pipe.pointee.output)
        unsafe pipe.deallocate()
    }

    /// The host that the peer has to prove to be.
    func expect(host: String) {
        if unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host) == 1 { return }
        _ = unsafe SSL_set1_host(session, host)
        _ = unsafe ctls_set_server_name(session, host)
    }

    func resume(_ former: ResumptionHandle) {
        _ = unsafe SSL_set_session(session, former.pointer)
    }

    /// Runs `body` with these bytes as what came from the peer. It reads all of them unless the session breaks.
    func withInput(_ bytes: [UInt8], _ body: () -> Void) {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe pipe.pointee.input = buffer.baseAddress
            unsafe pipe.pointee.left = buffer.count
            body()
            unsafe pipe.pointee.input = nil
            unsafe pipe.pointee.left = 0
        }
    }

    func shakeHands() -> SessionStep {
        ERR_clear_error()
        return unsafe step(SSL_do_handshake(session))
    }

    /// Appends what one record says.
    func read(into bytes: inout [UInt8]) -> SessionStep {
        ERR_clear_error()
        var code: Int32 = 0
        let piece = unsafe [UInt8](unsafeUninitializedCapacity: Self.recordBytes) { buffer, count in
            code = unsafe SSL_read(session, buffer.baseAddress, Int32(buffer.count))
            count = Int(max(code, 0))
        }
        bytes += piece
        return step(code)
    }

    func write(_ bytes: [UInt8]) {
        ERR_clear_error()
        // A pipe takes everything, so this fails only where the session is broken, which reading tells.
        if !bytes.isEmpty { _ = unsafe SSL_write(session, bytes, Int32(bytes.count)) }
    }

    func close() {
        ERR_clear_error()
        _ = unsafe SSL_shutdown(session)
        ERR_clear_error()
    }

    /// Adds bytes that are no record of the session.
    func send(_ bytes: [UInt8]) {
        _ = unsafe BIO_write(SSL_get_wbio(session), bytes, Int32(bytes.count))
    }

    func takeOutput() -> [UInt8] {
        guard unsafe pipe.pointee.count > 0 else { return [] }
        let bytes = unsafe [UInt8](UnsafeBufferPointer(start: pipe.pointee.output, count: pipe.pointee.count))
        // Freed, so that an idle session holds no buffer.
        unsafe free(pipe.pointee.output)
        unsafe pipe.pointee.output = nil
        unsafe pipe.pointee.count = 0
        unsafe pipe.pointee.capacity = 0
        return bytes
    }

    var isResumed: Bool { unsafe SSL_session_reused(session) == 1 }

    var version: String { unsafe String(cString: SSL_get_version(session)) }

    var resumption: ResumptionHandle? {
        unsafe SSL_get1_session(session).map { unsafe ResumptionHandle($0) }
    }

    private func step(_ code: Int32) -> SessionStep {
        guard code <= 0 else { return .done }
        switch unsafe SSL_get_error(session, code) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wantsMore
        case SSL_ERROR_ZERO_RETURN: return .ended
        default: return .failed(failure)
        }
    }

    private var failure: String {
        let verified = unsafe SSL_get_verify_result(session)
        guard verified == X509_V_OK else {
            ERR_clear_error()
            return unsafe String(cString: X509_verify_cert_error_string(verified))
        }
        let reason = OpenSSL.lastReason()
        return reason.isEmpty ? "broken off" : reason
    }
}

// MARK: - Digests

/// The digest that some protocols ask for; it protects nothing. Source: FIPS 180-4.
public enum SHA1 {
    /// The 20 bytes of a message's digest.
    public static func digest(_ message: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Int(SHA_DIGEST_LENGTH)) { buffer, count in
            _ = unsafe CTLS.SHA1(message, message.count, buffer.baseAddress)
            count = buffer.count
        }
    }
}

/// Base64 with padding (RFC 4648, section 4).
public enum Base64Text {
    /// The text of some bytes, without line breaks.
    public static func encode(_ bytes: [UInt8]) -> String {
        let length = (bytes.count + 2) / 3 * 4
        // One more, for the zero that OpenSSL puts behind the text.
        let text = unsafe [UInt8](unsafeUninitializedCapacity: length + 1) { buffer, count in
            count = unsafe Int(EVP_EncodeBlock(buffer.baseAddress, bytes, Int32(bytes.count)))
        }
        return String(decoding: text, as: UTF8.self)
    }
}
