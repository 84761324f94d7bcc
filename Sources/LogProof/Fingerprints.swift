public import Hashing

/// The first four bytes of each leaf's hash, in the order of positions, kept beside a seal. They prove nothing; when
/// the root is another one, they say which event it was.
public struct Fingerprints: Sendable {
    private static let size = 4

    /// The fingerprints, one behind the other.
    public private(set) var bytes: [UInt8] = []

    /// None.
    public init() {}

    /// As they are stored.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Adds the fingerprint of the next leaf.
    public mutating func add(_ leaf: SHA256Digest) {
        let fingerprint = leaf.prefix
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: fingerprint >> shift)) }
    }

    /// What the seal's head says of them.
    public var digest: SHA256Digest { SHA256.digest(bytes) }

    /// The number of the first leaf, from 0, whose fingerprint differs or that only one side has; nil if there is none.
    public func firstDifference(from other: Fingerprints) -> Int? {
        let common = min(bytes.count, other.bytes.count)
        let index = (0..<common).first { bytes[$0] != other.bytes[$0] }
        if let index { return index / Self.size }
        return bytes.count == other.bytes.count ? nil : common / Self.size
    }
}

/// The tree and the fingerprints of a seal, leaf by leaf.
public struct SealedLeaves: Sendable {
    private var tree = GrowingTree()
    /// The fingerprints so far.
    public private(set) var fingerprints = Fingerprints()

    /// Without leaves.
    public init() {}

    /// Adds the leaf of the next event.
    public mutating func add(_ leaf: ArraySlice<UInt8>) {
        let hash = MerkleTree.leaf(leaf)
        tree.add(hash)
        fingerprints.add(hash)
    }

    /// How many leaves there are.
    public var count: Int { tree.count }
    /// The root over all leaves so far.
    public var root: SHA256Digest { tree.root }
}
