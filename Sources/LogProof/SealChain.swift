public import ChatDomain
import Hashing
public import LogArchive

/// What is wrong, and the first position that it makes doubtful.
public struct ProofDefect: Error, Sendable, Hashable, CustomStringConvertible {
    /// The first position that is not proved.
    public var position: Position
    /// Why.
    public var reason: String

    /// A defect.
    public init(_ position: Position, _ reason: String) {
        self.position = position
        self.reason = reason
    }

    /// One line for people.
    public var description: String { "position \(position): \(reason)" }
}

/// Follows seals from the first one on, and looks whether each continues the one before.
public struct SealChain: Sendable {
    private var lineage: [ArchiveHeader.Life] = []
    /// The last seal that was taken.
    public private(set) var last: Seal?

    /// A chain over a log with these lives.
    public init(lineage: [ArchiveHeader.Life]) { learn(lineage) }

    /// Takes the lives of the log as they are now: a new one may have begun.
    public mutating func learn(_ lineage: [ArchiveHeader.Life]) {
        self.lineage = lineage.sorted { ($0.from, $0.at) < ($1.from, $1.at) }
    }

    /// The first position that the chain does not reach.
    public var next: Position { (last?.head.last ?? .start).advanced(by: 1) }

    /// Takes the next seal, or throws why it is not the next one. Signatures are another question.
    public mutating func add(_ seal: Seal) throws(ProofDefect) {
        let head = seal.head
        if let reason = defect(of: head) { throw ProofDefect(next, reason) }
        last = seal
    }

    private func defect(of head: SealHead) -> String? {
        let number = (last?.head.number ?? 0) + 1
        guard head.number == number else { return "seal \(number) is missing: seal \(head.number) comes next" }
        let name = "seal \(number)"
        guard head.first == next else { return "\(name) begins at position \(head.first) instead of \(next)" }
        guard head.last >= head.first else { return "\(name) is over no events" }
        guard head.previous == last?.digest ?? .zero else { return "\(name) does not follow the seal before it" }
        guard head.at >= last?.head.at ?? head.at else { return "\(name) is older than the seal before it" }
        guard let life = life(at: head.first), life == self.life(at: head.last) else {
            return "\(name) is over events of several epochs"
        }
        guard lineage[life].epoch == head.epoch else {
            return "\(name) is of epoch \(head.epoch), its events are of epoch \(lineage[life].epoch)"
        }
        return nil
    }

    /// The number of the life that a position belongs to.
    private func life(at position: Position) -> Int? { lineage.lastIndex { $0.from <= position } }
}
