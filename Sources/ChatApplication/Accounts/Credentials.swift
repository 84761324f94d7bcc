public import ChatDomain
import Sealing
import UnicodeText

/// Names, tokens and keys in the forms in which the log may see them.
public struct Credentials: Sendable {
    private let pepper: [UInt8]
    private static let tokenPrefix = "pt1."
    private static let secretBytes = 24

    /// Over the secret, of at least 16 bytes, under which names are hashed.
    public init(pepper: [UInt8]) { self.pepper = pepper }

    /// A name in the form in which it is kept: NFC.
    public func normalized(_ name: String) -> String { UnicodeText.nfc(name) }

    /// The form under which names are unique and found: NFKC and full case folding.
    public func folded(_ text: String) -> String { UnicodeText.foldKey(text) }

    /// The stream of a name: its keyed hash.
    public func digest(ofName name: String) -> String {
        Self.hexadecimal(Digest.blake2b(Array(folded(name).utf8), key: pepper, count: 16))
    }

    /// A new token of a user, and the digest by which it is known.
    public func newToken(of user: UserID) -> (token: String, digest: String) {
        var bytes: [UInt8] = (0..<8).map { UInt8(truncatingIfNeeded: user.value >> (56 - 8 * $0)) }
        bytes += Randomness.bytes(Self.secretBytes)
        let token = Self.tokenPrefix + Base64URL.encode(bytes)
        return (token, Self.digest(ofToken: token))
    }

    /// Whose a token says it is, and its digest; nil if it is none.
    public func read(token: String) -> (user: UserID, digest: String)? {
        guard token.hasPrefix(Self.tokenPrefix),
            let bytes = Base64URL.decode(String(token.dropFirst(Self.tokenPrefix.count))),
            bytes.count == 8 + Self.secretBytes
        else { return nil }
        let user = bytes.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return (UserID(user), Self.digest(ofToken: token))
    }

    /// A new session's name.
    public func newSession() -> SessionID { SessionID(Base64URL.encode(Randomness.bytes(12))) }

    /// A client's idempotency key as the log keeps it: together with the user.
    public func key(_ key: String, of user: UserID) -> ClientKey {
        ClientKey(digest: Digest.blake2b(Array("user \(user) \(key)".utf8), count: 16))
    }

    /// The same for `register`: together with the name, and how often that has become free again.
    public func key(_ key: String, nameDigest: String, life: Int64) -> ClientKey {
        ClientKey(digest: Digest.blake2b(Array("name \(nameDigest) \(life) \(key)".utf8), count: 16))
    }

    private static func digest(ofToken token: String) -> String {
        hexadecimal(Digest.blake2b(Array(token.utf8), count: 32))
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes {
            if byte < 16 { text += "0" }
            text += String(byte, radix: 16)
        }
        return text
    }
}
