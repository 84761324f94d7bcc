/// A key that signs (Ed25519, RFC 8032). Whoever holds it can make signatures; keep it apart from what it signs.
public struct SigningKey: Sendable {
    /// The size of a seed, in bytes.
    public static let seedSize = Sodium.seedBytes

    /// What the key is made from: the key's stored form, secret.
    public let seed: [UInt8]
    /// What others check signatures with.
    public let verifyingKey: VerifyingKey
    private let secret: [UInt8]

    /// A new key.
    public static func random() -> SigningKey { SigningKey(known: Randomness.bytes(seedSize)) }

    /// The key that the seed stands for; nil unless it has ``seedSize`` bytes.
    public init?(seed: [UInt8]) {
        guard seed.count == Self.seedSize else { return nil }
        self.init(known: seed)
    }

    private init(known seed: [UInt8]) {
        let pair = Sodium.keyPair(seed: seed)
        self.seed = seed
        secret = pair.secret
        verifyingKey = VerifyingKey(known: pair.published)
    }

    /// The signature of the bytes, of 64 bytes.
    public func sign(_ bytes: [UInt8]) -> [UInt8] { Sodium.sign(bytes, secret: secret) }
}

/// The public half of a ``SigningKey``.
public struct VerifyingKey: Sendable, Hashable {
    /// The key's 32 bytes.
    public let bytes: [UInt8]

    /// Nil unless there are 32 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Sodium.publicKeyBytes else { return nil }
        self.bytes = bytes
    }

    init(known bytes: [UInt8]) { self.bytes = bytes }

    /// Whether the key's owner signed just these bytes.
    public func isSignature(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        Sodium.isSigned(bytes, signature: signature, published: self.bytes)
    }
}
