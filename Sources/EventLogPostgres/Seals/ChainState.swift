import ChatApplication
import ChatDomain
import LogArchive
import LogProof
import PostgresClient

/// Where the chain of seals and the log stand, as a sealer finds them.
struct ChainState {
    /// The last seal.
    let last: Seal?
    /// The newest event.
    let head: Position
    /// Why nothing must be added to the chain.
    let trouble: String?
    /// Whether the seal that was seen went with the end of its epoch, as the lineage says.
    let hasLost: Bool
    private let lineage: [ArchiveHeader.Life]
    /// Where the partition ends that the next event is in.
    private let partitionEnd: Position

    /// - Parameter seen: the last seal that the sealer has seen.
    init(_ session: some PostgresSession, seen: Seal?) async throws {
        last = try await SealRows.last(session)
        head = try await SealRows.head(session)
        let lineage = try await SealRows.lineage(session)
        self.lineage = lineage
        let next = (last?.head.last ?? .start).advanced(by: 1)
        let end = try await session.query(
            "SELECT min(last_position) FROM chat_log.partitions() WHERE last_position >= $1", [.int8(next.value)])
        partitionEnd = Position(end.int(0, 0) ?? .max)
        var kept = true
        if let seen, seen != last { kept = try await SealRows.seal(number: seen.head.number, session) == seen }
        hasLost = !kept && seen.map { Self.hasEnded($0.head, lineage) } ?? false
        trouble = Self.trouble(last, head, kept: kept || hasLost)
    }

    /// A seal is of one epoch: a later one that begins at or before its last event began after it was made.
    private static func hasEnded(_ head: SealHead, _ lineage: [ArchiveHeader.Life]) -> Bool {
        guard let life = lineage.firstIndex(where: { $0.epoch == head.epoch }) else { return false }
        return lineage[(life + 1)...].contains { $0.from <= head.last }
    }

    private static func trouble(_ last: Seal?, _ head: Position, kept: Bool) -> String? {
        guard kept else { return "the last seal that was seen is gone or altered" }
        guard let last else { return nil }
        guard last.isSigned else { return "the signature of seal \(last.head.number) is wrong" }
        guard last.head.last <= head else {
            return "seal \(last.head.number) ends at position \(last.head.last), behind the end of the log"
        }
        return nil
    }

    /// The positions of the next seal: those of one epoch and one partition, so that an archive proves itself, as many
    /// as the limit says; nil if there is nothing new.
    func range(limit: Int64) -> (first: Position, last: Position)? {
        let first = (last?.head.last ?? .start).advanced(by: 1)
        guard first <= head else { return nil }
        let ends = lineage.map(\.from).filter { $0 > first }.map { $0.advanced(by: -1) }
        return (first, ([head, partitionEnd, first.advanced(by: limit - 1)] + ends).min() ?? head)
    }

    /// The epoch that a position belongs to.
    func epoch(of position: Position) -> String { lineage.last { $0.from <= position }?.epoch ?? "" }
}
