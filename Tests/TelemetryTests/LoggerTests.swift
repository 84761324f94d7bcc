import Synchronization
import Testing

@testable import Telemetry

/// Keeps what a logger writes.
private final class Capture: Sendable {
    private let lines = Mutex<[String]>([])

    var output: LogOutput {
        LogOutput { line in self.lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    }

    var text: String { lines.withLock { $0.joined() } }
}

@Suite struct LoggerTests {
    private let capture = Capture()

    private func logger(_ level: LogLevel = .info) -> Logger {
        Logger(level: level, output: capture.output, milliseconds: { 1_700_000_000_123 })
    }

    @Test func aLineIsOneJSONObject() {
        logger().notice("caught up", [.node: "a", .position: 12, .duration: 0.25, .reason: true])
        let start = #"{"at":"2023-11-14T22:13:20.123Z","level":"notice","message":"caught up","#
        #expect(capture.text == start + #""node":"a","position":12,"duration":0.25,"reason":true}"# + "\n")
    }

    @Test func aLineWithoutValuesIsComplete() {
        logger().error("stopped")
        #expect(capture.text == #"{"at":"2023-11-14T22:13:20.123Z","level":"error","message":"stopped"}"# + "\n")
    }

    @Test func sharedValuesStandInEachLineBeforeItsOwn() {
        let node = logger().with([.node: "a"]).with([.term: 7])
        node.info("one", [.count: 1])
        node.info("two")
        let lines = capture.text.split(separator: "\n")
        #expect(lines.first?.hasSuffix(#""message":"one","node":"a","term":7,"count":1}"#) == true)
        #expect(lines.last?.hasSuffix(#""message":"two","node":"a","term":7}"#) == true)
    }

    @Test func noValueCanBreakOrForgeALine() {
        let hostile = "a\"}\n{\"level\":\"error\r\n\\\u{0}\u{1B}[31m\u{7F}\u{85}\u{2028}\u{202E}\t"
        logger().info("refused", [.reason: hostile])
        #expect(capture.text.utf8.filter { $0 == 10 }.count == 1)
        let reason = #""reason":"a\"}\n{\"level\":\"error\r\n\\\u0000\u001b[31m\u007f\u0085\u2028\u202e\t"}"#
        #expect(capture.text.hasSuffix(reason + "\n"))
    }

    @Test func aLongValueIsCutBetweenScalars() {
        logger().info("long", [.reason: "a" + String(repeating: "é", count: 5000)])
        #expect(capture.text.hasSuffix("\"a" + String(repeating: "é", count: 511) + "…\"}\n"))
    }

    @Test(arguments: LogLevel.allCases) func aLevelHidesWhatMattersLess(_ least: LogLevel) {
        let logger = logger(least)
        for level in LogLevel.allCases { logger.log(level, "event") }
        let written = capture.text.split(separator: "\n").count
        #expect(written == LogLevel.allCases.filter { $0 >= least }.count)
    }

    @Test func theValuesOfAHiddenLineAreNotComputed() {
        let computed = Atomic(0)
        func value() -> Int { computed.add(1, ordering: .relaxed).newValue }
        logger(.warning).info("hidden", [.count: value()])
        #expect(computed.load(ordering: .relaxed) == 0)
        logger(.info).info("shown", [.count: value()])
        #expect(computed.load(ordering: .relaxed) == 1)
    }

    @Test func aNumberThatJSONLacksIsText() {
        logger().info("rate", [.value: Double.infinity])
        #expect(capture.text.contains(#""value":"inf""#))
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (1_735_689_599_007, "2024-12-31T23:59:59.007Z"),
        ] as [(Int64, String)])
    func aTimeIsItsDateInUTC(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp.rfc3339(milliseconds) == text)
    }
}
