import Testing

@testable import Telemetry

@Suite struct HistogramTests {
    @Test func everyBucketBeginsBehindTheBoundOfTheOneBefore() {
        for bucket in 1..<LogScale.bucketCount {
            let bound = LogScale.upperBound(of: bucket)
            let before = LogScale.upperBound(of: bucket - 1)
            #expect(before < bound)
            #expect(LogScale.bucket(of: bound) == bucket)
            #expect(LogScale.bucket(of: before + 1) == bucket)
        }
        #expect(LogScale.bucket(of: 0) == 0)
        #expect(LogScale.upperBound(of: LogScale.bucketCount - 1) == 1 << 63)
    }

    @Test func aBucketIsNarrowerThanThreePerCentOrOne() {
        for bucket in 1..<LogScale.bucketCount {
            let before = LogScale.upperBound(of: bucket - 1)
            let width = LogScale.upperBound(of: bucket) - before
            #expect(width == 1 || Double(width) <= Double(before) / 32)
        }
    }

    @Test func quantilesOfSmallValuesAreExact() {
        let histogram = Histogram(unit: .count)
        for value in 1...10 { histogram.record(value) }
        let snapshot = histogram.snapshot()
        #expect(snapshot.p50 == 5)
        #expect(snapshot.quantile(0) == 1)
        #expect(snapshot.quantile(0.9) == 9)
        #expect(snapshot.p99 == 10)
        #expect(snapshot.count == 10)
        #expect(snapshot.sum == 55)
    }

    @Test func quantilesOfLargeValuesAreNeverTooSmallAndAtMostThreePerCentTooLarge() {
        let histogram = Histogram(unit: .seconds)
        for value in 1...100_000 { histogram.record(value * 1000) }
        let snapshot = histogram.snapshot()
        for (found, exact) in [
            (snapshot.p50, 50_000_000.0), (snapshot.p99, 99_000_000), (snapshot.p999, 99_900_000),
        ] {
            #expect(Double(found) >= exact && Double(found) <= exact * 1.032)
        }
        #expect(snapshot.quantile(1) == 100_000_000)
    }

    @Test func anEmptyHistogramIsZeroThroughout() {
        let snapshot = Histogram(unit: .count).snapshot()
        #expect(snapshot.p50 == 0)
        #expect(snapshot.count == 0)
        #expect(snapshot.largest == 0)
    }

    @Test func extremesHaveABucketToo() {
        let histogram = Histogram(unit: .count)
        histogram.record(-5)
        histogram.record(Int.max)
        #expect(histogram.snapshot().quantile(0) == 1)
        #expect(histogram.snapshot().quantile(1) == UInt64(Int.max))
        #expect(histogram.snapshot().count == 2)
    }

    @Test func durationsAreNanoseconds() {
        let histogram = Histogram(unit: .seconds)
        histogram.record(.milliseconds(1500) + .nanoseconds(7))
        #expect(histogram.snapshot().sum == 1_500_000_007)
        let extremes = Histogram(unit: .seconds)
        extremes.record(.seconds(Int64.max))
        #expect(extremes.snapshot().largest == UInt64(Int.max))
        extremes.record(.seconds(-Int64.max))
        #expect(extremes.snapshot().quantile(0) == 1)
    }

    @Test func noCountIsLostBetweenThreads() async {
        let histogram = Histogram(unit: .count)
        let registry = MetricsRegistry()
        let counter = registry.counter("t_total", help: "t")
        let gauge = registry.gauge("g", help: "g")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10_000 {
                        histogram.record(3)
                        counter.add()
                        gauge.add(0.5)
                    }
                }
            }
        }
        #expect(histogram.snapshot().count == 80_000)
        #expect(histogram.snapshot().sum == 240_000)
        #expect(counter.value == 80_000)
        #expect(gauge.value == 40_000)
    }
}
