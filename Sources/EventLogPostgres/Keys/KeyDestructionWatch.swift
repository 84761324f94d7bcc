import Synchronization

/// How often keys were destroyed, as last seen: what has keys at hand compares. Any thread.
public final class KeyDestructionWatch: Sendable {
    private let seen = Atomic<Int64>(0)

    /// Nothing seen yet.
    public init() {}

    var number: Int64 { seen.load(ordering: .acquiring) }

    func saw(_ number: Int64) { seen.store(number, ordering: .releasing) }
}
