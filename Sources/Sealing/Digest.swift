/// BLAKE2b (RFC 7693), plain or keyed.
public enum Digest {
    /// The sizes that a digest may have, in bytes.
    public static let sizes = Sodium.digestSizes
    /// The longest key, in bytes; the shortest that is not empty has 16.
    public static let keyLimit = Sodium.digestKeyLimit

    /// The digest of the bytes.
    /// - Parameters:
    ///   - key: none, or up to ``keyLimit`` bytes: then only its holder can make the digest.
    ///   - count: the digest's size, within ``sizes``.
    public static func blake2b(_ bytes: [UInt8], key: [UInt8] = [], count: Int = 32) -> [UInt8] {
        precondition(sizes.contains(count) && key.count <= keyLimit)
        return Sodium.blake2b(bytes, key: key, count: count)
    }
}

/// BLAKE2b of bytes that come piece by piece; gives what ``Digest/blake2b(_:key:count:)`` gives for the whole.
public struct RunningDigest: ~Copyable {
    private let state: Sodium.DigestState
    private let count: Int

    /// - Parameters:
    ///   - key: none, or up to ``Digest/keyLimit`` bytes.
    ///   - count: the digest's size, within ``Digest/sizes``.
    public init(key: [UInt8] = [], count: Int = 32) {
        precondition(Digest.sizes.contains(count) && key.count <= Digest.keyLimit)
        self.state = Sodium.DigestState(key: key, count: count)
        self.count = count
    }

    /// Takes the next bytes.
    public mutating func update(_ bytes: [UInt8]) {
        state.update(bytes)
    }

    /// The digest of all that was taken.
    public consuming func finish() -> [UInt8] {
        state.finish(count: count)
    }
}
