public import ChatDomain
import Hashing
public import LogProof
public import PostgresClient

/// Reads seals, and makes proofs with them.
public struct SealReading: Sendable {
    private let connection: PostgresConnection
    private let archived: ArchivedPart?

    /// Over a connection that may read the log as it is stored.
    ///
    /// - Parameter archived: what is in archive files.
    public init(_ connection: PostgresConnection, archived: ArchivedPart? = nil) {
        self.connection = connection
        self.archived = archived
    }

    /// The newest seal; nil if nothing is sealed.
    public func newest() async throws -> Seal? { try await SealRows.last(connection) }

    /// The proof that an event is in the log; nil if no seal is over it.
    /// - Throws: `ProofDefect` if the events are not those that were sealed.
    public func proof(of position: Position) async throws -> InclusionProof? {
        guard let seal = try await SealRows.seal(over: position, connection) else { return nil }
        var hashes: [SHA256Digest] = []
        var proved: [UInt8] = []
        try await LeafReading.run(connection, seal.head.first, seal.head.last, archived: archived) { place, leaf in
            hashes.append(MerkleTree.leaf(leaf))
            if place == position { proved = Array(leaf) }
        }
        guard MerkleTree.root(of: hashes) == seal.head.root else {
            throw ProofDefect(
                seal.head.first, "the events are not those that seal \(seal.head.number) is over: see chat-audit verify"
            )
        }
        let path = MerkleTree.path(of: Int(position.value - seal.head.first.value), in: hashes)
        return InclusionProof(position: position, leaf: proved, path: path, seal: seal)
    }
}
