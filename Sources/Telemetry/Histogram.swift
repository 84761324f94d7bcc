import Synchronization

/// What a histogram's values are, and so how they are shown.
public enum HistogramUnit: Sendable {
    /// Values are nanoseconds, shown as seconds from 4 µs to 17 s.
    case seconds
    /// Values are plain numbers (bytes, events a batch), shown from 1 to a million.
    case count

    /// The powers of two at which the metrics' page shows a bucket's bound.
    var shownPowers: ClosedRange<Int> {
        switch self {
        case .seconds: 12...34
        case .count: 0...20
        }
    }
}

/// How often values of each size occurred. Safe from any thread; recording is three atomic instructions.
///
/// Buckets are logarithmic: 32 to each doubling, so a value is known to 3 per cent, from 0 to 2^63, in a fixed 15 KB.
public final class Histogram: Sendable {
    /// What the values are.
    public let unit: HistogramUnit

    private let cells = AtomicCells(count: LogScale.bucketCount)
    private let sum = Atomic<UInt64>(0)
    private let largest = Atomic<UInt64>(0)

    /// A histogram by itself, that no registry shows.
    public init(unit: HistogramUnit) {
        self.unit = unit
    }

    /// Records a value in the histogram's unit (nanoseconds for ``HistogramUnit/seconds``); below zero counts as zero.
    public func record(_ value: Int) {
        let value = UInt64(max(0, value))
        cells.increment(LogScale.bucket(of: value))
        sum.wrappingAdd(value, ordering: .relaxed)
        largest.max(value, ordering: .relaxed)
    }

    /// Records what passed between two times of a clock, in microseconds; clocks that disagree count as nothing.
    public func record(from begin: Int64, to end: Int64) {
        record(Int(clamping: max(0, end - begin)) * 1_000)
    }

    /// Records a duration in nanoseconds.
    public func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (nanoseconds, carry) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        record(overflow || carry ? (seconds < 0 ? 0 : Int.max) : Int(nanoseconds))
    }

    /// The counts at this moment.
    public func snapshot() -> HistogramSnapshot {
        HistogramSnapshot(
            counts: cells.load(), sum: sum.load(ordering: .relaxed), largest: largest.load(ordering: .relaxed))
    }
}

/// The counts of a histogram at one moment.
public struct HistogramSnapshot: Sendable {
    /// The sum of all values, in the histogram's unit.
    public let sum: UInt64
    /// The largest value.
    public let largest: UInt64
    /// How many values were recorded.
    public let count: UInt64
    private let counts: [UInt64]

    init(counts: [UInt64], sum: UInt64, largest: UInt64) {
        self.counts = counts
        self.sum = sum
        self.largest = largest
        self.count = counts.reduce(0, +)
    }

    /// The value that this part (0 to 1) of all values do not exceed: the upper end of its bucket, so at most
    /// 3 per cent too large, and never above ``largest``. Zero when nothing was recorded.
    public func quantile(_ part: Double) -> UInt64 {
        precondition(part >= 0 && part <= 1)
        guard count > 0 else { return 0 }
        let rank = max(1, UInt64((part * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for (index, occurrences) in counts.enumerated() {
            seen += occurrences
            if seen >= rank { return min(LogScale.upperBound(of: index), largest) }
        }
        return largest
    }

    /// The median.
    public var p50: UInt64 { quantile(0.5) }
    /// What 99 of 100 values do not exceed.
    public var p99: UInt64 { quantile(0.99) }
    /// What 999 of 1000 values do not exceed.
    public var p999: UInt64 { quantile(0.999) }

    /// How many values were at most each power of two in the range.
    func cumulative(at powers: ClosedRange<Int>) -> [UInt64] {
        var index = 0
        var seen: UInt64 = 0
        return powers.map { power in
            while index < counts.count, LogScale.upperBound(of: index) <= UInt64(1) << UInt64(power) {
                seen += counts[index]
                index += 1
            }
            return seen
        }
    }
}
