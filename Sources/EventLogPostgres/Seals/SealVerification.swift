public import ChatDomain
import LogArchive
public import LogProof
public import PostgresClient
import Synchronization

/// Proves that the log is whole: positions without gaps, roots as they were sealed, the chain of seals unbroken, signed
/// by keys that are trusted, and as it was when anchors were taken.
///
/// One connection follows the seals, each further one reads and hashes events, on its own loop. Memory holds some
/// thousand seals, whatever the log's length.
public struct SealVerification: Sendable {
    /// What to verify, and what of it is known from elsewhere.
    public struct Question: Sendable {
        /// The first event.
        public var from = Position(1)
        /// The last event; the newest if nil.
        public var to: Position?
        /// The keys that may seal; nil leaves signatures unchecked.
        public var keys: TrustedKeys?
        /// Seals that were kept elsewhere.
        public var anchors: [Seal] = []
        /// What is in archive files. Without the files themselves, of these events only the seals are looked at.
        public var archived: ArchivedPart?
        /// Everything.
        public init() {}
    }

    /// What was found.
    public struct Outcome: Sendable, Equatable {
        /// Events that were read.
        public var events: Int
        /// How many of them a seal is over.
        public var sealed: Int
        /// The number of seals over them.
        public var seals: Int
        /// Events that were asked for and could not be looked at, since they are in archive files.
        public var unread = 0
        /// The first position that fails; nil if the log is whole.
        public var defect: ProofDefect?
    }

    /// The log ends before the events that are asked for.
    public struct OutOfRange: Error, CustomStringConvertible {
        /// Its end.
        public var head: Position
        /// One line for people.
        public var description: String { "the log ends at position \(head)" }
    }

    private let chain: PostgresConnection
    private let readers: [PostgresConnection]
    private let progress: @Sendable (_ done: Int, _ total: Int) -> Void

    /// - Parameters:
    ///   - chain: a connection for the seals, on the caller's loop.
    ///   - readers: connections for the events, on loops of their own: as many as there are processors.
    public init(
        chain: PostgresConnection, readers: [PostgresConnection],
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) {
        self.chain = chain
        self.readers = readers
        self.progress = progress
    }

    /// Verifies; the log may grow meanwhile.
    public func run(_ question: Question) async throws -> Outcome {
        let head = try await SealRows.head(chain)
        let to = question.to ?? head
        guard to <= head, question.from <= to.advanced(by: 1) else { throw OutOfRange(head: head) }
        let missing = question.archived.flatMap { $0.events == nil ? $0.last : nil } ?? .start
        let pieces = SealPieces(
            chain, lineage: try await SealRows.lineage(chain), question: question, from: question.from, to: to,
            missing: missing)
        let tally = VerificationTally(
            total: Int(to.value - max(question.from, missing.advanced(by: 1)).value + 1), progress)
        try await withThrowingTaskGroup { group in
            for reader in readers {
                group.addTask(executorPreference: reader.loop) {
                    try await PieceVerification(
                        reader, keys: question.keys, archived: question.archived, tally: tally
                    ).run(pieces)
                }
            }
            try await group.waitForAll()
        }
        var outcome = tally.outcome
        outcome.unread = await pieces.unread
        if let defect = try await pieces.end() { outcome.add(defect) }
        return outcome
    }
}

extension SealVerification.Outcome {
    /// The defect that comes first counts; of two at one position the later word, which knows the whole chain.
    mutating func add(_ other: ProofDefect) {
        if let defect, defect.position < other.position { return }
        defect = other
    }
}

/// What all readers have found so far.
final class VerificationTally: Sendable {
    private let state = Mutex(SealVerification.Outcome(events: 0, sealed: 0, seals: 0))
    private let total: Int
    private let progress: @Sendable (_ done: Int, _ total: Int) -> Void

    init(total: Int, _ progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void) {
        self.total = total
        self.progress = progress
    }

    var outcome: SealVerification.Outcome { state.withLock { $0 } }

    func count(_ events: Int) {
        let done = state.withLock { outcome in
            outcome.events += events
            return outcome.events
        }
        progress(min(done, total), total)
    }

    func proved(_ seal: SealHead) {
        state.withLock { outcome in
            outcome.sealed += Int(seal.count)
            outcome.seals += 1
        }
    }

    func add(_ defect: ProofDefect) { state.withLock { $0.add(defect) } }

    /// Whether what begins there need not be looked at: the first failure comes before it.
    func isSettled(before position: Position) -> Bool {
        state.withLock { outcome in outcome.defect.map { $0.position < position } ?? false }
    }
}
