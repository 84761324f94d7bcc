public import Hashing

/// Merkle trees as RFC 9162, section 2.1, defines them, with SHA-256.
public enum MerkleTree {
    private static let leafTag: UInt8 = 0
    private static let nodeTag: UInt8 = 1

    /// The hash of a leaf.
    public static func leaf(_ bytes: ArraySlice<UInt8>) -> SHA256Digest { SHA256.digest(tag: leafTag, bytes) }

    /// The hash of a node over two others.
    public static func node(_ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
        SHA256.digest(tag: nodeTag, left, right)
    }

    /// The root over these hashes of leaves.
    public static func root(of leaves: [SHA256Digest]) -> SHA256Digest {
        var growing = GrowingTree()
        for leaf in leaves { growing.add(leaf) }
        return growing.root
    }

    /// What, beside a leaf, gives the root: the hashes of its siblings, from the leaf upwards (section 2.1.3.1).
    public static func path(of index: Int, in leaves: [SHA256Digest]) -> [SHA256Digest] {
        precondition(leaves.indices.contains(index))
        var (index, level, path) = (index, leaves, [SHA256Digest]())
        while level.count > 1 {
            if level.indices.contains(index ^ 1) { path.append(level[index ^ 1]) }
            index /= 2
            // What has no sibling goes up as it is.
            level = stride(from: 0, to: level.count, by: 2).map { left in
                left + 1 < level.count ? node(level[left], level[left + 1]) : level[left]
            }
        }
        return path
    }

    /// The root that a leaf and its path give (section 2.1.3.2); nil if no tree of this size has such a path there.
    public static func root(
        of leaf: SHA256Digest, at index: Int64, size: Int64, path: [SHA256Digest]
    ) -> SHA256Digest? {
        guard index >= 0, index < size else { return nil }
        var (place, end, root) = (index, size - 1, leaf)
        for sibling in path {
            guard end > 0 else { return nil }
            if place & 1 == 1 || place == end {
                root = node(sibling, root)
                while place & 1 == 0, place != 0 { (place, end) = (place >> 1, end >> 1) }
            } else {
                root = node(root, sibling)
            }
            (place, end) = (place >> 1, end >> 1)
        }
        return end == 0 ? root : nil
    }
}

/// A tree to which leaves are added one after the other. It holds one hash for each bit of their number.
public struct GrowingTree: Sendable {
    /// Roots of complete trees, the largest first; as many leaves each as the bits of `count` say.
    private var peaks: [SHA256Digest] = []
    /// The number of leaves.
    public private(set) var count = 0

    /// A tree without leaves.
    public init() {}

    /// Adds the hash of the next leaf.
    public mutating func add(_ leaf: SHA256Digest) {
        var (peak, rest) = (leaf, count)
        while rest & 1 == 1, let left = peaks.popLast() {
            peak = MerkleTree.node(left, peak)
            rest >>= 1
        }
        peaks.append(peak)
        count += 1
    }

    /// The root over all leaves so far.
    public var root: SHA256Digest {
        guard var root = peaks.last else { return SHA256.digest([]) }
        for peak in peaks.dropLast().reversed() { root = MerkleTree.node(peak, root) }
        return root
    }
}
