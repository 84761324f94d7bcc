import CTLS

/// Why TLS could not be set up. Shows no key and no path.
public struct TLSError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What failed, and why, in OpenSSL's words.
    public let description: String

    init(_ what: String) {
        let reason = OpenSSL.lastReason()
        description = reason.isEmpty ? what : "\(what): \(reason)"
    }
}

/// The versions that are spoken; for tests, and for clients that must not speak both.
public enum TLSVersions: Sendable {
    /// 1.2 and 1.3.
    case all
    /// 1.2 only.
    case upTo12
}

/// What many sessions share: certificate and key, or whom to trust. Any thread.
public final class TLSContext: Sendable {
    let handle: ContextHandle
    let isServer: Bool

    /// A server's.
    ///
    /// - Parameter certificate: a file with the certificate and those that lead to a known authority, as PEM.
    /// - Parameter key: a file with the certificate's key, as PEM, without a password.
    public init(certificate: String, key: String) throws(TLSError) {
        handle = try ContextHandle(isServer: true, versions: .all)
        isServer = true
        try handle.use(certificate: certificate, key: key)
    }

    /// A client's, which believes servers whose certificate fits their name.
    ///
    /// - Parameter authorities: a file with the certificates of those who are believed, as PEM; nil for the system's.
    public init(authorities: String?, versions: TLSVersions = .all) throws(TLSError) {
        handle = try ContextHandle(isServer: false, versions: versions)
        isServer = false
        try handle.trust(authorities: authorities)
    }
}
