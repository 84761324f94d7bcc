/// A secret key of 32 bytes for ``SealedBox``. It shows itself nowhere: not printed, not dumped, not interpolated.
public struct SealingKey: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The key's size.
    public static let byteCount = Sodium.keyBytes

    /// The key itself, for its store only.
    public let bytes: [UInt8]

    /// Nil unless there are exactly ``byteCount`` bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    private init(checked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A new key from the system's randomness.
    public static func random() -> SealingKey {
        SealingKey(checked: Sodium.randomBytes(byteCount))
    }

    /// Compares in constant time.
    public static func == (left: SealingKey, right: SealingKey) -> Bool {
        Sodium.areEqual(left.bytes, right.bytes)
    }

    /// Says only that this is a key.
    public var description: String { "SealingKey(redacted)" }
    /// Says only that this is a key.
    public var debugDescription: String { description }
    /// Without children, so that `dump` shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Authenticated encryption: XChaCha20-Poly1305 (IETF) under a random nonce of 24 bytes, which goes before the
/// ciphertext. The nonce is long enough to be drawn at random for any number of boxes under one key.
public enum SealedBox {
    /// What a box is longer than its content: nonce and tag, in bytes.
    public static let overhead = Sodium.nonceBytes + Sodium.tagBytes

    /// Seals bytes for one place: what is sealed in one context does not open in another.
    public static func seal(_ plain: [UInt8], key: SealingKey, context: [UInt8]) -> [UInt8] {
        Sodium.seal(plain, key: key.bytes, context: context)
    }

    /// The sealed bytes, or nil when key or context are not those of the box, or a byte of it has changed.
    public static func open(_ box: [UInt8], key: SealingKey, context: [UInt8]) -> [UInt8]? {
        Sodium.open(box, key: key.bytes, context: context)
    }
}
