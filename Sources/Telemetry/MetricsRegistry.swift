import Synchronization

/// The metrics of a process, and their page in the Prometheus text format (version 0.0.4).
///
/// Safe from any thread. Asking for a metric takes a lock: ask once, keep what you are given, and count on that.
/// Names and labels are written in the program, so a wrong one is a programmer's error and traps.
public final class MetricsRegistry: Sendable {
    /// The labels of one series, name and value, in the order in which they are shown.
    public typealias Labels = KeyValuePairs<String, String>

    /// The most series of one name. Labels beyond it share one series whose label values are all `other`,
    /// so that no value from outside can fill the memory.
    public static let maximumSeries = 200

    private let families = Mutex<[MetricFamily]>([])

    /// An empty registry.
    public init() {}

    /// The counter of this name and these labels; the same one each time. Its name ends in `_total`.
    public func counter(_ name: String, help: String, labels: Labels = [:]) -> Counter {
        precondition(name.hasSuffix("_total"), "a counter's name ends in _total")
        let metric = metric(name, help, labels) { .counter(Counter()) }
        guard case .counter(let counter) = metric else { preconditionFailure("\(name) is no counter") }
        return counter
    }

    /// The gauge of this name and these labels; the same one each time.
    public func gauge(_ name: String, help: String, labels: Labels = [:]) -> Gauge {
        let metric = metric(name, help, labels) { .gauge(Gauge()) }
        guard case .gauge(let gauge) = metric else { preconditionFailure("\(name) is no gauge") }
        return gauge
    }

    /// A gauge that is read when the page is made, on the thread that makes it. The first reader of a series stays.
    public func gauge(
        _ name: String, help: String, labels: Labels = [:], read: @escaping @Sendable () -> Double
    ) {
        let metric = metric(name, help, labels) { .reader(read) }
        guard case .reader = metric else { preconditionFailure("\(name) is no gauge that is read") }
    }

    /// A counter that is read when the page is made, as the total of something that is counted elsewhere.
    public func counter(
        _ name: String, help: String, labels: Labels = [:], read: @escaping @Sendable () -> Double
    ) {
        precondition(name.hasSuffix("_total"), "a counter's name ends in _total")
        let metric = metric(name, help, labels) { .countReader(read) }
        guard case .countReader = metric else { preconditionFailure("\(name) is no counter that is read") }
    }

    /// The histogram of this name and these labels; the same one each time. One of ``HistogramUnit/seconds`` has a
    /// name that ends in `_seconds`.
    public func histogram(_ name: String, help: String, unit: HistogramUnit, labels: Labels = [:]) -> Histogram {
        precondition(unit != .seconds || name.hasSuffix("_seconds"), "durations are shown in seconds")
        let metric = metric(name, help, labels) { .histogram(Histogram(unit: unit)) }
        guard case .histogram(let histogram) = metric, histogram.unit == unit else {
            preconditionFailure("\(name) is no histogram of this unit")
        }
        return histogram
    }

    /// The page, as of now; names in the order in which they were first asked for.
    public func prometheusText() -> String {
        // The readers of gauges run outside the lock.
        let families = families.withLock { $0 }
        var page = PrometheusPage()
        for family in families { page.append(family) }
        return page.text
    }

    private func metric(_ name: String, _ help: String, _ labels: Labels, make: () -> Metric) -> Metric {
        precondition(MetricName.isMetric(name), "no metric's name: \(name)")
        precondition(labels.allSatisfy { MetricName.isLabel($0.key) }, "no label's name")
        let new = make()
        return families.withLock { families in
            if let index = families.firstIndex(where: { $0.name == name }) {
                precondition(families[index].kind == new.kind, "\(name) has two kinds")
                return families[index].series(labels.map { ($0.key, $0.value) }, orNew: new)
            }
            var family = MetricFamily(name: name, help: help, kind: new.kind)
            let metric = family.series(labels.map { ($0.key, $0.value) }, orNew: new)
            families.append(family)
            return metric
        }
    }
}

/// What the names of metrics and labels may be made of.
enum MetricName {
    static func isMetric(_ name: String) -> Bool {
        isName(name) { $0 == UInt8(ascii: ":") }
    }

    /// Names that begin with two underscores belong to Prometheus, and `le` to histograms.
    static func isLabel(_ name: String) -> Bool {
        isName(name) { _ in false } && !name.hasPrefix("__") && name != "le"
    }

    private static func isName(_ name: String, orElse isAllowed: (UInt8) -> Bool) -> Bool {
        var isFirst = true
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): break
            case UInt8(ascii: "0")...UInt8(ascii: "9") where !isFirst: break
            case _ where isAllowed(byte): break
            default: return false
            }
            isFirst = false
        }
        return !isFirst
    }
}
