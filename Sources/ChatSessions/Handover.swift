import Synchronization

/// How much was handed to another loop that has not taken it yet. Any thread.
final class Handover: Sendable {
    /// Stretches of the feed that wait for a loop; beyond it the node's feed waits for that loop.
    static let feed = 64
    /// Signals of typing that wait for a loop; beyond it they are dropped.
    static let typing = 256

    private let limit: Int
    private let underWay = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    var isFull: Bool { underWay.load(ordering: .relaxed) >= limit }

    /// Counts one more, whether or not it is full.
    func begin() { underWay.add(1, ordering: .relaxed) }

    /// Counts one more if there is room.
    func beginIfThereIsRoom() -> Bool {
        if underWay.add(1, ordering: .relaxed).newValue <= limit { return true }
        end()
        return false
    }

    /// One was taken.
    func end() { underWay.subtract(1, ordering: .relaxed) }
}
