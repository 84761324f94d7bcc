import Glibc
import Synchronization

/// Shows how far long work is, on standard error: on a terminal a bar with rate and time left, redrawn in place; else a
/// plain line now and then. Says nothing about work that takes less than a second. Safe from any thread.
public final class ProgressReporter: Sendable {
    private let state: Mutex<ProgressState>
    private let stream: StandardStream

    /// Progress of work named `label`, counted in `unit`, of `total` if that is known.
    public convenience init(_ label: String, unit: String, total: Int? = nil) {
        self.init(label, unit: unit, total: total, stream: .error)
    }

    init(_ label: String, unit: String, total: Int?, stream: StandardStream) {
        self.stream = stream
        state = Mutex(
            ProgressState(
                label: label, unit: unit, total: total, isTerminal: stream.isTerminal, width: stream.columns,
                start: ProgressReporter.now()))
    }

    /// So many units are done now, of `total` if that changed. Cheap: draws at most ten times a second.
    public func update(_ done: Int, total: Int? = nil) {
        let text = state.withLock { $0.update(done, total: total, at: ProgressReporter.now()) }
        if let text { stream.write(text) }
    }

    /// So many more units are done.
    public func advance(by count: Int) {
        let text = state.withLock { $0.update($0.done + count, total: nil, at: ProgressReporter.now()) }
        if let text { stream.write(text) }
    }

    /// The work is over: shows the final figures if anything was shown before. Call it once, before printing results.
    public func finish() {
        let text = state.withLock { $0.finish(at: ProgressReporter.now()) }
        if let text { stream.write(text) }
    }

    private static func now() -> Double {
        var time = timespec()
        // Reason: the call fills the struct, which outlives it.
        unsafe _ = clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// What to show when; pure. Times are in seconds of a clock that never goes back.
struct ProgressState: Sendable {
    /// Work shorter than this is not worth a line.
    static let quiet = 1.0
    /// Between two drawings of the bar.
    static let redraw = 0.1
    /// Between two plain lines.
    static let lines = 5.0
    /// The rate is that of about so many last seconds.
    static let memory = 5.0

    let label: String
    let unit: String
    var total: Int?
    let isTerminal: Bool
    let width: Int
    let start: Double
    private(set) var done = 0
    private var rate = 0.0
    private var measured: (done: Int, at: Double)
    private var shownAt: Double?

    init(label: String, unit: String, total: Int?, isTerminal: Bool, width: Int, start: Double) {
        self.label = label
        self.unit = unit
        self.total = total
        self.isTerminal = isTerminal
        self.width = width
        self.start = start
        measured = (0, start)
    }

    mutating func update(_ done: Int, total: Int?, at now: Double) -> String? {
        self.done = done
        if let total { self.total = total }
        guard now - start >= ProgressState.quiet else { return nil }
        if let shownAt, now - shownAt < (isTerminal ? ProgressState.redraw : ProgressState.lines) { return nil }
        measure(at: now)
        shownAt = now
        return isTerminal ? "\r\u{1B}[K" + DisplayText.truncated(bar(), to: width - 1) : plain() + "\n"
    }

    mutating func finish(at now: Double) -> String? {
        guard shownAt != nil else { return nil }
        let seconds = max(now - start, 0.001)
        rate = Double(done) / seconds
        let summary = "\(label): \(done) \(unit) in \(ProgressState.time(seconds)), \(figure(rate)) \(unit)/s"
        return (isTerminal ? "\r\u{1B}[K" : "") + summary + "\n"
    }

    private mutating func measure(at now: Double) {
        let elapsed = now - measured.at
        guard elapsed > 0 else { return }
        let current = Double(done - measured.done) / elapsed
        let weight = measured.at == start ? 1 : min(1, elapsed / ProgressState.memory)
        rate += (current - rate) * weight
        measured = (done, now)
    }

    private func bar() -> String {
        guard let total, total > 0 else { return plain() }
        let cells = 20
        let filled = min(cells, max(0, done * cells / total))
        let picture = String(repeating: "█", count: filled) + String(repeating: "░", count: cells - filled)
        return "\(label) \(picture) \(figures(of: total))"
    }

    private func plain() -> String {
        guard let total, total > 0 else { return "\(label): \(done) \(unit), \(figure(rate)) \(unit)/s" }
        return "\(label): \(figures(of: total))"
    }

    private func figures(of total: Int) -> String {
        let percent = min(100, max(0, done * 100 / total))
        let left = rate > 0 ? ", \(ProgressState.time(Double(max(0, total - done)) / rate)) left" : ""
        return "\(percent)% \(done)/\(total) \(unit), \(figure(rate)) \(unit)/s\(left)"
    }

    private func figure(_ rate: Double) -> String {
        rate >= 10 ? String(Int(rate)) : String(Double(Int(rate * 10)) / 10)
    }

    static func time(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 1e9).rounded(.up))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole / 60 % 60) min"
    }
}
