/// Writes structured log lines: one JSON object a line, with time, level, message and named values.
///
/// A value that is copied freely; safe from any thread. A message is a literal, so that what varies stands in values
/// under a ``LogKey``. Writing blocks the thread for one system call.
public struct Logger: Sendable {
    /// The values of a line.
    public typealias Values = KeyValuePairs<LogKey, any CustomStringConvertible & Sendable>

    /// Lines below this level are not written, nor are their values computed.
    public var level: LogLevel

    private let output: LogOutput
    private let milliseconds: @Sendable () -> Int64
    private var shared: [(key: LogKey, value: any CustomStringConvertible & Sendable)] = []

    /// A logger with nothing to say about itself yet.
    public init(level: LogLevel = .info, output: LogOutput = .standardError) {
        self.init(level: level, output: output, milliseconds: WallClock.milliseconds)
    }

    /// With a clock of the caller's, in milliseconds since 1970.
    public init(level: LogLevel, output: LogOutput, milliseconds: @escaping @Sendable () -> Int64) {
        self.level = level
        self.output = output
        self.milliseconds = milliseconds
    }

    /// A logger that drops every line, for tests.
    public static let silent = Logger(level: .error, output: LogOutput { _ in })

    /// A logger that adds these values to each of its lines.
    public func with(_ values: Values) -> Logger {
        var logger = self
        logger.shared += values.map { (key: $0.key, value: $0.value) }
        return logger
    }

    /// Writes a line for one who looks for a defect.
    public func debug(_ message: StaticString, _ values: @autoclosure () -> Values = [:]) {
        log(.debug, message, values())
    }

    /// Writes a line about a step of ordinary life.
    public func info(_ message: StaticString, _ values: @autoclosure () -> Values = [:]) {
        log(.info, message, values())
    }

    /// Writes a line about something rare that is no fault.
    public func notice(_ message: StaticString, _ values: @autoclosure () -> Values = [:]) {
        log(.notice, message, values())
    }

    /// Writes a line about something missing or slow.
    public func warning(_ message: StaticString, _ values: @autoclosure () -> Values = [:]) {
        log(.warning, message, values())
    }

    /// Writes a line about a failure.
    public func error(_ message: StaticString, _ values: @autoclosure () -> Values = [:]) {
        log(.error, message, values())
    }

    /// Writes a line at the level.
    public func log(_ level: LogLevel, _ message: StaticString, _ values: @autoclosure () -> Values = [:]) {
        guard level >= self.level else { return }
        var line = LogLine(at: milliseconds(), level: level, message: message.description)
        for (key, value) in shared { line.append(key, value) }
        for (key, value) in values() { line.append(key, value) }
        output.write(line.finish())
    }
}
