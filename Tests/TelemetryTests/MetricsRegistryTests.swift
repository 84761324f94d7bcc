import Testing

@testable import Telemetry

@Suite struct MetricsRegistryTests {
    private let registry = MetricsRegistry()

    @Test func thePageIsThePrometheusTextFormat() {
        registry.counter("chat_commands_total", help: "Commands by outcome.", labels: ["outcome": "ok"]).add(3)
        registry.gauge("chat_connections", help: "Open connections.").set(2)
        registry.counter("chat_commands_total", help: "Commands by outcome.", labels: ["outcome": "conflict"]).add()
        registry.gauge("chat_lag_seconds", help: "Behind.", labels: ["node": "a"]) { 0.25 }
        #expect(
            registry.prometheusText() == """
                # HELP chat_commands_total Commands by outcome.
                # TYPE chat_commands_total counter
                chat_commands_total{outcome="ok"} 3
                chat_commands_total{outcome="conflict"} 1
                # HELP chat_connections Open connections.
                # TYPE chat_connections gauge
                chat_connections 2
                # HELP chat_lag_seconds Behind.
                # TYPE chat_lag_seconds gauge
                chat_lag_seconds{node="a"} 0.25

                """)
    }

    @Test func aHistogramShowsCumulativeBuckets() {
        let sizes = registry.histogram("chat_batch_events", help: "Events.", unit: .count, labels: ["node": "a"])
        for value in [1, 2, 2, 3, 1_048_577] { sizes.record(value) }
        let lines = registry.prometheusText().split(separator: "\n").map { String($0) }
        #expect(lines.count == 2 + 21 + 3)
        #expect(
            Array(lines.prefix(6)) == [
                "# HELP chat_batch_events Events.", "# TYPE chat_batch_events histogram",
                #"chat_batch_events_bucket{node="a",le="1"} 1"#, #"chat_batch_events_bucket{node="a",le="2"} 3"#,
                #"chat_batch_events_bucket{node="a",le="4"} 4"#, #"chat_batch_events_bucket{node="a",le="8"} 4"#,
            ])
        #expect(
            Array(lines.suffix(4)) == [
                #"chat_batch_events_bucket{node="a",le="1048576"} 4"#,
                #"chat_batch_events_bucket{node="a",le="+Inf"} 5"#, #"chat_batch_events_sum{node="a"} 1048585"#,
                #"chat_batch_events_count{node="a"} 5"#,
            ])
    }

    @Test func durationsAreShownInSeconds() {
        let latency = registry.histogram("chat_append_seconds", help: "Append.", unit: .seconds)
        latency.record(.nanoseconds(4096))
        latency.record(.nanoseconds(4097))
        latency.record(.seconds(20))
        let lines = registry.prometheusText().split(separator: "\n").map { String($0) }
        #expect(lines[2] == #"chat_append_seconds_bucket{le="0.000004096"} 1"#)
        #expect(lines[3] == #"chat_append_seconds_bucket{le="0.000008192"} 2"#)
        #expect(
            Array(lines.suffix(4)) == [
                #"chat_append_seconds_bucket{le="17.179869184"} 2"#, #"chat_append_seconds_bucket{le="+Inf"} 3"#,
                "chat_append_seconds_sum 20.000008193", "chat_append_seconds_count 3",
            ])
    }

    @Test func helpAndLabelsAreEscaped() {
        registry.counter("a_total", help: "a \\ b\r\nc \"d\"", labels: ["x": "q\"\\\r\nz", "y": "é"]).add()
        #expect(
            registry.prometheusText()
                == "# HELP a_total a \\\\ b\r\\nc \"d\"\n# TYPE a_total counter\n"
                + "a_total{x=\"q\\\"\\\\\r\\nz\",y=\"é\"} 1\n")
    }

    @Test func numbersBeyondTheOrdinaryHaveTheirNames() {
        registry.gauge("a", help: "h") { .infinity }
        registry.gauge("b", help: "h") { -.infinity }
        registry.gauge("c", help: "h") { .nan }
        registry.gauge("d", help: "h") { 1e300 }
        let values = registry.prometheusText().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(values == ["a +Inf", "b -Inf", "c NaN", "d 1e+300"])
    }

    @Test func theSameNameAndLabelsAreTheSameMetric() {
        let first = registry.counter("a_total", help: "h", labels: ["x": "1"])
        let second = registry.counter("a_total", help: "h", labels: ["x": "1"])
        let third = registry.counter("a_total", help: "h", labels: ["x": "2"])
        #expect(first === second)
        #expect(first !== third)
    }

    @Test func labelsBeyondTheLimitShareOneSeries() {
        for index in 0..<1000 { registry.counter("a_total", help: "h", labels: ["x": "\(index)"]).add() }
        let lines = registry.prometheusText().split(separator: "\n")
        #expect(lines.count == 2 + MetricsRegistry.maximumSeries + 1)
        #expect(lines.last == #"a_total{x="other"} 800"#)
    }

    @Test(arguments: ["a", "a:b", "_a9", "Chat_total"]) func theseAreNames(_ name: String) {
        #expect(MetricName.isMetric(name))
    }

    @Test(arguments: ["", "9a", "a-b", "a b", "é", "a\n", "a{"]) func theseAreNoNames(_ name: String) {
        #expect(!MetricName.isMetric(name))
        #expect(!MetricName.isLabel(name))
    }

    @Test(arguments: ["__a", "a:b", "le"]) func theseAreNoLabels(_ name: String) {
        #expect(!MetricName.isLabel(name))
    }

    @Test func aWrongNameTraps() async {
        await #expect(processExitsWith: .failure) { _ = MetricsRegistry().gauge("not a name", help: "h") }
        await #expect(processExitsWith: .failure) { _ = MetricsRegistry().counter("commands", help: "h") }
    }
}
