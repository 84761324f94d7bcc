/// A digest of SHA-256: 32 bytes without storage of their own, so that millions of them lie side by side.
public struct SHA256Digest: Sendable, Hashable {
    /// The digest's size in bytes.
    public static let size = 32
    /// 32 zero bytes, which are no known message's digest.
    public static let zero = SHA256Digest()

    // In the order of memory: the first byte of the digest is the first one of `one`.
    var one: UInt64 = 0
    var two: UInt64 = 0
    var three: UInt64 = 0
    var four: UInt64 = 0

    init() {}

    /// Nil unless there are 32 bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        self = Crypto.digest(copying: Array(bytes))
    }

    /// The digest's 32 bytes.
    public var bytes: [UInt8] { Crypto.bytes(self) }

    /// The first four bytes as a number, most significant byte first.
    public var prefix: UInt32 { UInt32(truncatingIfNeeded: one).byteSwapped }
}

/// SHA-256 (FIPS 180-4), by OpenSSL, which uses the processor's instructions for it.
public enum SHA256 {
    /// The digest of the bytes.
    public static func digest(_ bytes: [UInt8]) -> SHA256Digest { Crypto.digest(tag: nil, bytes[...]) }

    /// The digest of one byte and then the bytes: the byte says what kind of thing is hashed.
    public static func digest(tag: UInt8, _ bytes: ArraySlice<UInt8>) -> SHA256Digest {
        Crypto.digest(tag: tag, bytes)
    }

    /// The digest of one byte and then two digests.
    public static func digest(tag: UInt8, _ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
        Crypto.digest(tag: tag, left, right)
    }
}
