import Synchronization

/// A number that only grows. Safe from any thread; adding is one atomic instruction.
public final class Counter: Sendable {
    private let total = Atomic<UInt64>(0)

    init() {}

    /// Adds to the count.
    public func add(_ amount: Int = 1) {
        precondition(amount >= 0, "a counter never goes back")
        total.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// Brings the count to a total that is counted elsewhere, by one task only; a lower one changes nothing.
    public func rise(to total: Int) {
        add(max(0, total - Int(value)))
    }

    /// The count so far.
    public var value: UInt64 { total.load(ordering: .relaxed) }
}

/// A number that goes up and down. Safe from any thread.
public final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    init() {}

    /// Replaces the value.
    public func set(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    /// Replaces the value.
    public func set(_ value: Int) {
        set(Double(value))
    }

    /// Adds to the value, or with a negative amount takes from it.
    public func add(_ amount: Double = 1) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }

    /// The value now.
    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}
