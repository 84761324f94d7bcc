import ChatApplication
import ChatDomain
import Hashing
import LogArchive
import LogProof
import Sealing

/// A small log with its seals.
struct ProofSamples {
    let key = SigningKey(seed: Array(0..<32)) ?? .random()
    let lineage = [
        ArchiveHeader.Life(epoch: "aaaa", from: Position(1), at: 1), .init(epoch: "bbbb", from: Position(6), at: 2),
    ]
    let events: [RecordedEvent] = (1...9).map { ProofSamples.event($0) }

    static func event(_ position: Int64) -> RecordedEvent {
        RecordedEvent(
            position: Position(position), type: "MessageSent", schema: 2, stream: .messages(.group(GroupID(7))),
            version: position, touched: position == 3 ? [StreamName("a"), StreamName("b")] : [],
            cause: Cause(
                actor: position == 4 ? nil : UserID(12), session: SessionID("s"), device: "laptop",
                reference: position == 5 ? nil : "key"),
            node: position == 6 ? nil : NodeName("a"), recordedAt: 1_700_000_000_000_000 + position,
            payload: Array(#"{"text":\#(position)}"#.utf8))
    }

    func tree(_ first: Int, _ last: Int) -> SealedLeaves {
        var leaves = SealedLeaves()
        for event in events[first - 1..<last] { leaves.add(EventLeaf.bytes(of: event)[...]) }
        return leaves
    }

    func seal(_ number: Int64, _ first: Int, _ last: Int, _ epoch: String, after: Seal?, key: SigningKey? = nil) -> Seal
    {
        let (leaves, key) = (tree(first, last), key ?? self.key)
        return Seal(
            SealHead(
                number: number, first: Position(Int64(first)), last: Position(Int64(last)), epoch: epoch,
                at: 1_700_000_001_000_000 + number, node: NodeName("a"), root: leaves.root,
                fingerprints: leaves.fingerprints.digest, previous: after?.digest ?? .zero, key: key.verifyingKey),
            signedBy: key)
    }

    /// Three seals over nine events and two epochs.
    var seals: [Seal] {
        let first = seal(1, 1, 2, "aaaa", after: nil)
        let second = seal(2, 3, 5, "aaaa", after: first)
        return [first, second, seal(3, 6, 9, "bbbb", after: second)]
    }

    func proof(of position: Int) -> InclusionProof {
        let seal = seals.first { $0.head.last.value >= position } ?? seals[0]
        let (first, last) = (Int(seal.head.first.value), Int(seal.head.last.value))
        let leaves = events[first - 1..<last].map { MerkleTree.leaf(EventLeaf.bytes(of: $0)[...]) }
        return InclusionProof(
            position: Position(Int64(position)), leaf: EventLeaf.bytes(of: events[position - 1]),
            path: MerkleTree.path(of: position - first, in: leaves), seal: seal)
    }
}
