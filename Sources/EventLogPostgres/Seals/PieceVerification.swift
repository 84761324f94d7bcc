import ChatDomain
import LogProof
import PostgresClient

/// Verifies pieces of the log, one after the other, over one connection.
struct PieceVerification {
    private let connection: PostgresConnection
    private let keys: TrustedKeys?
    private let archived: ArchivedPart?
    private let tally: VerificationTally

    init(
        _ connection: PostgresConnection, keys: TrustedKeys?, archived: ArchivedPart?, tally: VerificationTally
    ) {
        self.connection = connection
        self.keys = keys
        self.archived = archived
        self.tally = tally
    }

    /// Until there are no more, or none that could have an earlier failure than the one that was found.
    func run(_ pieces: SealPieces) async throws {
        while let piece = try await pieces.piece(), !tally.isSettled(before: piece.first) {
            do {
                try await verify(signed(piece))
            } catch let defect as ProofDefect {
                // The connection went with the copy that was left; pieces before this one are with other readers.
                return tally.add(defect)
            } catch let wrong as WrongRoot {
                return tally.add(wrong.located(by: try await pieces.fingerprints(of: wrong.seal.head.number)))
            }
        }
    }

    /// The piece up to the first seal that nobody who is trusted has signed.
    private func signed(_ piece: SealPiece) -> SealPiece {
        guard let keys else { return piece }
        for (index, seal) in piece.seals.enumerated() {
            guard let reason = keys.defect(of: seal) else { continue }
            tally.add(ProofDefect(seal.head.first, reason))
            return SealPiece(
                first: piece.first, last: seal.head.first.advanced(by: -1), seals: Array(piece.seals[..<index]))
        }
        return piece
    }

    private func verify(_ piece: SealPiece) async throws {
        var (leaves, seals, counted) = (SealedLeaves(), piece.seals[...], 0)
        defer { tally.count(counted) }
        try await LeafReading.run(connection, piece.first, piece.last, archived: archived) { position, leaf in
            counted += 1
            if counted == Self.reported {
                tally.count(counted)
                counted = 0
            }
            guard let seal = seals.first else { return }
            leaves.add(leaf)
            guard position == seal.head.last else { return }
            guard leaves.root == seal.head.root else { throw WrongRoot(seal: seal, fingerprints: leaves.fingerprints) }
            tally.proved(seal.head)
            seals = seals.dropFirst()
            leaves = SealedLeaves()
        }
    }

    /// Events between two reports of progress.
    private static let reported = 10_000
}

/// The events of a seal are not those that were sealed.
private struct WrongRoot: Error {
    let seal: Seal
    let fingerprints: Fingerprints

    /// The fingerprints that were kept say which event it was, unless somebody altered the seal itself.
    func located(by kept: Fingerprints?) -> ProofDefect {
        let head = seal.head
        if let kept, kept.digest == head.fingerprints, let index = fingerprints.firstDifference(from: kept) {
            let position = head.first.advanced(by: Int64(index))
            return ProofDefect(
                position, "the event at position \(position) is not the one that seal \(head.number) is over")
        }
        return ProofDefect(
            head.first, "the events from \(head.first) to \(head.last) do not give the root of seal \(head.number)")
    }
}
