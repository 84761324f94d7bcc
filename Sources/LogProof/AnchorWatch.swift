import ChatDomain
public import LogArchive

/// Sees the seals of a chain go by, and knows at the end whether those that were kept elsewhere are among them.
public struct AnchorWatch: Sendable {
    private let anchors: [Seal]
    private let lineage: [ArchiveHeader.Life]
    private let keys: TrustedKeys?
    /// The seals of the chain that have the anchors' numbers.
    private var met: [Int64: Seal] = [:]

    /// - Parameters:
    ///   - anchors: in any order.
    ///   - keys: the keys that may seal; nil leaves the anchors' own signatures unchecked.
    public init(_ anchors: [Seal], lineage: [ArchiveHeader.Life], keys: TrustedKeys?) {
        self.anchors = anchors.sorted { $0.head.number < $1.head.number }
        self.lineage = lineage
        self.keys = keys
    }

    /// Whether there is any anchor.
    public var isWatching: Bool { !anchors.isEmpty }

    /// Takes the next seal of the chain.
    public mutating func see(_ seal: Seal) {
        let number = seal.head.number
        if anchors.contains(where: { $0.head.number == number }) { met[number] = seal }
    }

    /// The first anchor that is not met. What the last one before it reaches to is proved; the position behind that is
    /// the first that is not.
    public func defect(_ chain: SealChain) -> ProofDefect? {
        var proved = Position.start
        for anchor in anchors {
            if let reason = defect(of: anchor, chain, &proved) { return ProofDefect(proved.advanced(by: 1), reason) }
            proved = anchor.head.last
        }
        return nil
    }

    private func defect(of anchor: Seal, _ chain: SealChain, _ proved: inout Position) -> String? {
        let head = anchor.head
        if let defect = keys?.defect(of: anchor) { return "the anchor is not to be trusted: \(defect)" }
        guard let seal = met[head.number] else {
            proved = max(proved, chain.last?.head.last ?? .start)
            return "the chain ends with seal \(chain.last?.head.number ?? 0), before the anchor: seal \(head.number), "
                + "up to position \(head.last)" + otherLife(head)
        }
        guard seal != anchor else { return nil }
        // What both name as the seal before them is the same, with all that is before it.
        if seal.head.previous == head.previous { proved = max(proved, head.first.advanced(by: -1)) }
        return "seal \(head.number) is not the anchor: history up to position \(head.last) was rewritten"
            + otherLife(head)
    }

    /// An anchor of a life of the log that this one does not go back to, or left before the anchor.
    private func otherLife(_ head: SealHead) -> String {
        guard let life = lineage.firstIndex(where: { $0.epoch == head.epoch }) else {
            return "; it is of epoch \(head.epoch), which this log never had"
        }
        guard let next = lineage[(life + 1)...].first, next.from <= head.last else { return "" }
        return "; it is of epoch \(head.epoch), which ended at position \(next.from.advanced(by: -1))"
    }
}
