public import ChatDomain
public import Hashing
public import Sealing

/// What is signed of a seal: which events it is over, the root of their tree, and which seal it follows.
public struct SealHead: Sendable, Hashable {
    /// The format of the head and of the leaves, whose name is part of what is signed.
    public static let format = "parley-seal-1"

    /// The seal's number, from 1 without gaps.
    public var number: Int64
    /// The first event.
    public var first: Position
    /// The last event.
    public var last: Position
    /// The life of the log that all of them belong to.
    public var epoch: String
    /// When it was sealed, by the clock of the node, in microseconds since 1970 UTC. It never goes back.
    public var at: Int64
    /// The node that sealed.
    public var node: NodeName
    /// The root of the Merkle tree over the events.
    public var root: SHA256Digest
    /// The digest of the seal's ``Fingerprints``.
    public var fingerprints: SHA256Digest
    /// ``Seal/digest`` of the seal before; zero ahead of the first.
    public var previous: SHA256Digest
    /// The public half of the key that signs.
    public var key: VerifyingKey

    /// A head.
    public init(
        number: Int64, first: Position, last: Position, epoch: String, at: Int64, node: NodeName,
        root: SHA256Digest, fingerprints: SHA256Digest, previous: SHA256Digest, key: VerifyingKey
    ) {
        self.number = number
        self.first = first
        self.last = last
        self.epoch = epoch
        self.at = at
        self.node = node
        self.root = root
        self.fingerprints = fingerprints
        self.previous = previous
        self.key = key
    }

    /// The number of its events.
    public var count: Int64 { last.value - first.value + 1 }

    /// The bytes that are signed: docs/audit-proof.md.
    public var bytes: [UInt8] {
        var head = BigEndianWriter()
        head.add(Array((Self.format + "\n").utf8))
        for field in [number, first.value, last.value, at] { head.add(field) }
        head.addCell(Array(epoch.utf8))
        head.addCell(Array(node.value.utf8))
        for digest in [root, fingerprints, previous] { head.add(digest.bytes) }
        head.add(key.bytes)
        return head.bytes
    }
}

/// A signed head.
public struct Seal: Sendable, Hashable {
    /// What is signed.
    public let head: SealHead
    /// The signature over ``SealHead/bytes`` (Ed25519).
    public let signature: [UInt8]

    /// A seal as it is stored; whether the signature is right is another question.
    public init(_ head: SealHead, signature: [UInt8]) {
        self.head = head
        self.signature = signature
    }

    /// Signs a head with the key that it names.
    public init(_ head: SealHead, signedBy key: SigningKey) {
        precondition(head.key == key.verifyingKey)
        self.init(head, signature: key.sign(head.bytes))
    }

    /// What the next seal names: the digest of head and signature. Whoever knows it knows all seals up to this one.
    public var digest: SHA256Digest { SHA256.digest(head.bytes + signature) }

    /// Whether the key that the head names has signed it. That says nothing about whose key it is.
    public var isSigned: Bool { head.key.isSignature(signature, of: head.bytes) }
}
