import ChatApplication
import ChatDomain
import LogArchive
import LogProof
import PostgresClient

/// A stretch of the log that one reader verifies at a time.
struct SealPiece: Sendable {
    /// The first event.
    var first: Position
    /// The last event.
    var last: Position
    /// The seals over it; none over events that are not sealed yet.
    var seals: [Seal]
}

/// Follows the chain of seals, checks it and the anchors, and gives out what there is to verify, in order.
actor SealPieces {
    /// Seals that are read at once: with the fingerprints of the largest, 64 MiB.
    private static let page: Int64 = 250
    /// A piece is closed when it has so many events, or so many seals, whose signatures take their time.
    private static let events: Int64 = 50_000
    private static let sealsInPiece = 200

    private let connection: PostgresConnection
    private let from: Position
    private let to: Position
    /// Whether all events up to the newest one are asked for.
    private let isOpen: Bool
    private var chain: SealChain
    private var anchors: AnchorWatch
    private var waiting: ArraySlice<Seal> = []
    private var isComplete = false
    /// Why the chain ends before its end.
    private var broken: ProofDefect?
    /// The first position that was not given out.
    private var next: Position
    /// Up to where events cannot be read.
    private let missing: Position
    /// How many events that are asked for were therefore left out.
    private(set) var unread = 0
    /// The last piece that was asked for.
    private var turn: Task<SealPiece?, any Error>?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe connection.loop.asUnownedSerialExecutor() }

    init(
        _ connection: PostgresConnection, lineage: [ArchiveHeader.Life], question: SealVerification.Question,
        from: Position, to: Position, missing: Position
    ) {
        self.connection = connection
        self.from = from
        self.to = to
        isOpen = question.to == nil
        chain = SealChain(lineage: lineage)
        anchors = AnchorWatch(question.anchors, lineage: lineage, keys: question.keys)
        self.missing = missing
        next = max(from, min(missing, to).advanced(by: 1))
        unread = Int(next.value - from.value)
    }

    /// What cannot be read is not given out.
    private func leaveOut(through last: Position) {
        guard next <= last else { return }
        unread += Int(last.value - next.value + 1)
        next = last.advanced(by: 1)
    }

    /// The next piece; nil when there is no more, or nothing behind it matters. Readers get them one after the other: who
    /// asks while seals are being read waits for that.
    func piece() async throws -> SealPiece? {
        let before = turn
        let mine = Task {
            _ = await before?.result
            return try await nextPiece()
        }
        turn = mine
        return try await mine.value
    }

    private func nextPiece() async throws -> SealPiece? {
        var seals: [Seal] = []
        while let seal = try await seal() {
            waiting.removeFirst()
            if seal.head.last < from { continue }
            if seal.head.first <= missing {
                // Its root needs all of its events.
                leaveOut(through: min(seal.head.last, to))
                continue
            }
            if seals.isEmpty { next = seal.head.first }
            seals.append(seal)
            let count = seal.head.last.value - next.value + 1
            if count >= Self.events || seals.count >= Self.sealsInPiece { break }
        }
        if let last = seals.last?.head.last { return take(last, seals) }
        // Behind a break in the chain nothing needs to be looked at: what is before it, is.
        guard broken == nil, next <= to else { return nil }
        return take(min(to, next.advanced(by: Self.events - 1)), [])
    }

    /// The fingerprints that are kept beside a seal.
    func fingerprints(of number: Int64) async throws -> Fingerprints? {
        try await SealRows.fingerprints(of: number, connection)
    }

    private func take(_ last: Position, _ seals: [Seal]) -> SealPiece {
        defer { next = last.advanced(by: 1) }
        return SealPiece(first: next, last: last, seals: seals)
    }

    /// The next seal over events that are asked for, which stays the next one until it is taken.
    private func seal() async throws -> Seal? {
        if waiting.isEmpty, !isComplete { try await read() }
        guard let seal = waiting.first, seal.head.first <= to else { return nil }
        return seal
    }

    private func read() async throws {
        let rows = try await connection.query(
            """
            SELECT \(SealRows.columns) FROM chat_log.seals WHERE number > $1 ORDER BY number LIMIT $2
            """, [.int8(chain.last?.head.number ?? Int64.min), .int8(Self.page)])
        isComplete = rows.rowCount < Self.page
        // After the seals, so that it has every epoch that they name.
        chain.learn(try await SealRows.lineage(connection))
        for row in 0..<rows.rowCount {
            let seal = try SealRows.seal(rows, row)
            do throws(ProofDefect) {
                try chain.add(seal)
            } catch {
                broken = error
                isComplete = true
                return
            }
            anchors.see(seal)
            waiting.append(seal)
        }
    }

    /// What is wrong with the chain as a whole, after all pieces were given out. It is followed to its end, unless only
    /// events before that are asked for.
    func end() async throws -> ProofDefect? {
        while !isComplete, isWholeChainAsked {
            waiting = []
            try await read()
        }
        // After the seals, which the log may have grown with.
        let head = try await SealRows.head(connection)
        var defects = [broken, anchors.defect(chain)].compactMap { $0 }
        if let last = chain.last?.head, last.last > head {
            defects.append(
                ProofDefect(
                    head.advanced(by: 1),
                    "the log ends at position \(head), and seal \(last.number) reaches to \(last.last)"))
        }
        return defects.filter { isWholeChainAsked || $0.position <= to }.min { $0.position < $1.position }
    }

    private var isWholeChainAsked: Bool { isOpen || anchors.isWatching }
}
