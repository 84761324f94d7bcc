/// One metric of any kind.
enum Metric: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case reader(@Sendable () -> Double)
    case countReader(@Sendable () -> Double)
    case histogram(Histogram)

    /// The kind by its name in the text format.
    var kind: String {
        switch self {
        case .counter, .countReader: "counter"
        case .gauge, .reader: "gauge"
        case .histogram: "histogram"
        }
    }
}

/// All series of one name.
struct MetricFamily: Sendable {
    let name: String
    let help: String
    let kind: String
    private(set) var series: [(labels: [(String, String)], metric: Metric)] = []
    private var indices: [[String]: Int] = [:]

    init(name: String, help: String, kind: String) {
        self.name = name
        self.help = help
        self.kind = kind
    }

    /// The series of these labels, or the given metric as a new one, or when there are too many, the one of the rest.
    mutating func series(_ labels: [(String, String)], orNew new: Metric) -> Metric {
        let key = labels.flatMap { [$0.0, $0.1] }
        if let index = indices[key] { return series[index].metric }
        if series.count >= MetricsRegistry.maximumSeries {
            let rest = labels.map { ($0.0, "other") }
            if let index = indices[rest.flatMap { [$0.0, $0.1] }] { return series[index].metric }
            return insert(rest, new)
        }
        return insert(labels, new)
    }

    private mutating func insert(_ labels: [(String, String)], _ metric: Metric) -> Metric {
        indices[labels.flatMap { [$0.0, $0.1] }] = series.count
        series.append((labels, metric))
        return metric
    }
}

/// The Prometheus text format, version 0.0.4.
struct PrometheusPage {
    private(set) var text = ""

    mutating func append(_ family: MetricFamily) {
        text += "# HELP \(family.name) \(Self.escaped(family.help))\n"
        text += "# TYPE \(family.name) \(family.kind)\n"
        for (labels, metric) in family.series {
            switch metric {
            case .counter(let counter): line(family.name, labels, String(counter.value))
            case .gauge(let gauge): line(family.name, labels, Self.number(gauge.value))
            case .reader(let read), .countReader(let read): line(family.name, labels, Self.number(read()))
            case .histogram(let histogram): append(histogram, family.name, labels)
            }
        }
    }

    private mutating func append(_ histogram: Histogram, _ name: String, _ labels: [(String, String)]) {
        let snapshot = histogram.snapshot()
        let powers = histogram.unit.shownPowers
        for (power, count) in zip(powers, snapshot.cumulative(at: powers)) {
            let bound = Self.shown(UInt64(1) << UInt64(power), histogram.unit)
            line(name + "_bucket", labels + [("le", bound)], String(count))
        }
        line(name + "_bucket", labels + [("le", "+Inf")], String(snapshot.count))
        line(name + "_sum", labels, Self.shown(snapshot.sum, histogram.unit))
        line(name + "_count", labels, String(snapshot.count))
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: String) {
        let pairs = labels.map { "\($0.0)=\"\(Self.escapedLabel($0.1))\"" }
        text += name + (pairs.isEmpty ? "" : "{" + pairs.joined(separator: ",") + "}") + " " + value + "\n"
    }

    /// A histogram's value in the unit of the page; nanoseconds become seconds without a rounding error.
    private static func shown(_ value: UInt64, _ unit: HistogramUnit) -> String {
        guard unit == .seconds else { return String(value) }
        let fraction = String(value % 1_000_000_000)
        return "\(value / 1_000_000_000)." + String(repeating: "0", count: 9 - fraction.count) + fraction
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map { String($0) } ?? value.description
    }

    private static func escaped(_ help: String) -> String {
        escape(help) { $0 == "\\" ? "\\\\" : $0 == "\n" ? "\\n" : nil }
    }

    private static func escapedLabel(_ value: String) -> String {
        escape(value) { $0 == "\\" ? "\\\\" : $0 == "\n" ? "\\n" : $0 == "\"" ? "\\\"" : nil }
    }

    /// By scalars: a line feed after a carriage return is one character to Swift, and would slip through.
    private static func escape(_ text: String, _ replacement: (Unicode.Scalar) -> String?) -> String {
        text.unicodeScalars.reduce(into: "") { $0 += replacement($1) ?? String($1) }
    }
}
