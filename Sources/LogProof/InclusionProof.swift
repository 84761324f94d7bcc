public import ChatApplication
public import ChatDomain
public import Hashing
public import JSONText
import Sealing

/// That an event is in the log: its leaf, the way from there to a root, and the seal that is signed over that root. It
/// is checked without the log.
public struct InclusionProof: Sendable, Hashable {
    /// The format's name.
    public static let format = "parley-proof-1"

    /// The event's position.
    public var position: Position
    /// The event: ``EventLeaf``.
    public var leaf: [UInt8]
    /// The siblings from the leaf to the root.
    public var path: [SHA256Digest]
    /// The seal over the event.
    public var seal: Seal

    /// A proof.
    public init(position: Position, leaf: [UInt8], path: [SHA256Digest], seal: Seal) {
        self.position = position
        self.leaf = leaf
        self.path = path
        self.seal = seal
    }

    /// What the proof says; nil if the leaf is none.
    public var event: RecordedEvent? { EventLeaf.event(of: leaf) }

    /// Why it proves nothing; nil if it does.
    /// - Parameter keys: the keys that may seal; nil to leave the signature unchecked.
    public func defect(keys: TrustedKeys?) -> String? {
        guard let event else { return "the leaf is not that of an event" }
        guard event.position == position else { return "the leaf is the one of position \(event.position)" }
        let root = MerkleTree.root(
            of: MerkleTree.leaf(leaf[...]), at: position.value - seal.head.first.value, size: seal.head.count,
            path: path)
        guard let root, root == seal.head.root else { return "leaf and path do not give the root of the seal" }
        return keys?.defect(of: seal)
    }

    /// The proof as a JSON object.
    public var json: JSONObject {
        [
            "format": .string(Self.format), "position": .integer(position.value),
            "leaf": .string(Base64.encode(leaf)), "path": .array(path.map(\.json)), "seal": .object(seal.json),
        ]
    }

    /// Nil if something is missing or of the wrong kind.
    public init?(_ object: JSONObject) {
        guard object["format"]?.stringValue == Self.format, let position = object["position"]?.intValue,
            let leaf = object["leaf"]?.stringValue.flatMap(Base64.decode), let hashes = object["path"]?.arrayValue,
            let seal = object["seal"]?.objectValue.flatMap({ Seal($0) })
        else { return nil }
        let path = hashes.compactMap { SHA256Digest(json: $0) }
        guard path.count == hashes.count else { return nil }
        self.init(position: Position(position), leaf: leaf, path: path, seal: seal)
    }
}
